from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "people"

    def ready(self) -> None:
        from anymail.signals import tracking  # the library's own way of telling what became of a mail

        from people.bounces import heard

        tracking.connect(heard, dispatch_uid="people.bounces.heard")
