from django.apps import AppConfig


class CsaConfig(AppConfig):
    name = "csa"

    def ready(self) -> None:
        """Bind the shared tasks to our Celery, in the web process too."""
        import celery_app  # noqa: F401
