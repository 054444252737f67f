"""Every setting of Hissa, read from the environment; docs/running.md says what each is for."""

from __future__ import annotations

import os
import secrets
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

VERSION = "0.1.0"
MODE: str = env.str("CSA_MODE", default="development")
PRODUCTION = MODE == "production"
DEBUG = env.bool("DEBUG", default=False)
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).absolute()


def _kept_secret() -> str:
    """A secret key of this checkout's own, made once and kept under var/ (development only)."""
    from django.core.management.utils import get_random_secret_key

    path = VAR_DIR / "secret_key"
    if not path.exists():
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        fresh = VAR_DIR / f"secret_key.{id(path)}"
        fresh.write_text(get_random_secret_key())
        fresh.chmod(0o600)
        fresh.rename(path)
    return path.read_text()


SECRET_KEY: str = env.str("SECRET_KEY", default="") or ("" if PRODUCTION else _kept_secret())
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])  # before it was changed
if not SECRET_KEY:
    raise ImproperlyConfigured("Set SECRET_KEY: production needs a secret of its own.")

ALLOWED_HOSTS: list[str] = env.list(
    "ALLOWED_HOSTS", default=[] if PRODUCTION else ["127.0.0.1", "localhost", "[::1]", "testserver"]
)
PORT: int = env.int("PORT", default=8000)
SITE_URL: str = env.str("SITE_URL", default=f"http://127.0.0.1:{PORT}").rstrip("/")

# --- what the house is made of ------------------------------------------------------------------

INSTALLED_APPS = [
    "csa",
    "deliveries",
    "community",
    "shares",
    "farms",
    "people",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "anymail",
    "django_htmx",
    "template_partials",
    "django.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "people.middleware.refuse_unreadable",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "people.middleware.keep_private",
    "people.middleware.speak_their_language",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "people.second_factor.AskForSecondFactor",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "csa.urls"
WSGI_APPLICATION = "csa.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FORM_RENDERER = "people.inputs.Inputs"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "django.templatetags.tz",
                "people.templatetags.look",
                "template_partials.templatetags.partials",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- database: SQLite by default, PostgreSQL by DATABASE_URL ------------------------------------

DATABASES: dict[str, Any] = {
    "default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'hissa.sqlite3'}"),
}
_database = DATABASES["default"]
SQLITE = _database["ENGINE"] == "django.db.backends.sqlite3"
if SQLITE:
    Path(_database["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    _database["OPTIONS"] = {
        # IMMEDIATE takes the write lock at BEGIN; otherwise two writers meet "database is locked".
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # FULL: what was answered is on the disk. Tests, whose database is thrown away, need not wait for it.
        "init_command": f"PRAGMA journal_mode=WAL; PRAGMA synchronous={env.str('SQLITE_SYNCHRONOUS', default='FULL')};",
    }
else:
    _database["CONN_HEALTH_CHECKS"] = True
    _database["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
if test_name := env.str("TEST_DATABASE_NAME", default=""):
    _database["TEST"] = {"NAME": test_name}

# --- Redis: broker, results and the cache that rate limits share --------------------------------


def _running_broker() -> str:
    """The address of the broker that `make run` keeps for this checkout, or nothing."""
    note = VAR_DIR / "run" / "broker.url"
    return note.read_text().strip() if note.exists() else ""


def _cache_url(broker: str) -> str:
    """The same server's second database, as Django's cache writes it."""
    if broker.startswith("redis+socket://"):
        parts = urlsplit(broker)
        number = int(parse_qs(parts.query).get("virtual_host", ["0"])[0])
        return f"unix://{parts.path}?db={number + 1}"
    head, _slash, number_text = broker.rpartition("/")
    if head.endswith("/") or not number_text.isdigit():  # redis://host:6379 names no database
        return f"{broker.rstrip('/')}/1"
    return f"{head}/{int(number_text) + 1}"


REDIS_URL: str = env.str("REDIS_URL", default="") or ("" if PRODUCTION else _running_broker())
if PRODUCTION and not REDIS_URL:
    raise ImproperlyConfigured("Set REDIS_URL: workers and rate limits share one Redis.")

CACHES: dict[str, Any] = {
    "default": {
        "BACKEND": "people.patient_cache.PatientRedisCache",
        "LOCATION": _cache_url(REDIS_URL),
        "KEY_PREFIX": "hissa",
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": VAR_DIR / "cache"},
}

# --- people and how they sign in ----------------------------------------------------------------

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home_of_person"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "people.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1"]  # a password is never asked for, but one may be set later
ACCOUNT_SIGNUP_FORM_HONEYPOT_FIELD = "website"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_CHANGE_EMAIL = True  # one address a person
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_FORMS = {
    "request_login_code": "people.account_forms.AskForCodeForm",
    "confirm_login_code": "people.account_forms.LoginCodeForm",
    "confirm_email_verification_code": "people.account_forms.EmailCodeForm",
}
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 8, "dashed": True}
# Rate limits count by address of the visitor: behind a proxy it is the last one the proxy wrote down.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=1 if PRODUCTION else 0)
MFA_ADAPTER = "people.second_factor.SecretsAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = False
MFA_TOTP_ISSUER = "Hissa"
MFA_TOTP_TOLERANCE = 1  # a phone's clock may be half a minute off
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
# Whether an owner must have a passkey or an app's codes before they are let to the desk.
OWNERS_NEED_SECOND_FACTOR = env.bool("OWNERS_NEED_SECOND_FACTOR", default=PRODUCTION)

# --- letters ------------------------------------------------------------------------------------

if email_url := env.str("EMAIL_URL", default=""):
    vars().update(env.email_url_config(email_url))
elif mail_provider := env.str("MAIL_PROVIDER", default=""):  # one of django-anymail's: postmark, mailjet, brevo …
    EMAIL_BACKEND = f"anymail.backends.{mail_provider}.EmailBackend"
else:
    EMAIL_BACKEND = "people.mail_folder.MailFolder"
MAIL_FOLDER = VAR_DIR / "mail"
SHOWS_MAIL = not PRODUCTION  # the page that shows what landed in the mail folder
# Letters a reader may stop, by kind; every other letter must be written.
LETTERS_OF_CHOICE = {
    "day_before": _("The day before a pickup: what is in your share, when and where"),
    "shift_reminder": _("Two days before a shift you signed up for"),
    "shift_substitute": _("When somebody looks for a substitute at a shift"),
    "shift_short": _("When a shift is short of hands"),
    "farm_message": _("News from the farm"),
    "share_changed": _("When what is in your share changes after it was published"),
    "unclaimed": _("When you did not collect a share: what became of it"),
    "hold_lapses": _("When a week on hold can be collected only a little longer"),
    "place_lapses": _("When the time to pay for a reserved place is nearly over"),
    "renewal": _("When you may renew your share for the next season"),
}
# At most one letter a day that a sweep writes by itself. The day before always comes; the others of these wait for a
# day without one.
CAN_WAIT = (
    "shift_reminder", "shift_short", "hold_lapses", "place_lapses", "renewal", "deadline", "harvest_note",
    "season_report",
)  # fmt: skip
AUTOMATIC_LETTERS = ("day_before", "unclaimed", *CAN_WAIT)
# Letters nobody gets who has not asked for them.
LETTERS_ON_WISH = {
    "deadline": _("A day before a week closes, while you can still change it"),
    "harvest_note": _("When a week is published: what the farmer writes, and what is in your share"),
    "season_report": _("After the season: what your share was worth"),
}
# What became of a letter, told by the mail provider at /anymail/<provider>/tracking/ (django-anymail reads the rest
# of its settings from the environment's ANYMAIL_…). Without a secret nobody is heard.
ANYMAIL = {
    "WEBHOOK_SECRET": f"{secrets.token_urlsafe(24)}:{secrets.token_urlsafe(24)}",
    **{name.removeprefix("ANYMAIL_"): value for name, value in os.environ.items() if name.startswith("ANYMAIL_")},
}
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL: str = env.str("DEFAULT_FROM_EMAIL", default="hissa@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- cards --------------------------------------------------------------------------------------

if not PRODUCTION and (VAR_DIR / "run" / "stripe.env").exists():
    env.read_env(VAR_DIR / "run" / "stripe.env")  # the sandbox that `make run` keeps; the environment comes first
STRIPE_SECRET_KEY: str = env.str("STRIPE_SECRET_KEY", default="")
STRIPE_WEBHOOK_SECRET: str = env.str("STRIPE_WEBHOOK_SECRET", default="")
STRIPE_API_BASE: str = env.str("STRIPE_API_BASE", default="")
# An installation for many farms: each connects an account of its own, and the key above is the platform's.
STRIPE_CONNECT: bool = env.bool("STRIPE_CONNECT", default=False)

# --- words, numbers, time -----------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ar", _("Arabic"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
# Development and tests may stop the clock; production never reads it.
CSA_NOW: datetime | None = None
if not PRODUCTION and (_stopped := env.str("CSA_NOW", default="")):
    CSA_NOW = datetime.fromisoformat(_stopped)
    if CSA_NOW.tzinfo is None:
        raise ImproperlyConfigured("CSA_NOW needs an offset, like 2027-06-15T12:00:00+02:00.")

# --- static files -------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not PRODUCTION
if not PRODUCTION:
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # nothing is collected there; whitenoise warns if it is missing
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# --- safety -------------------------------------------------------------------------------------

X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
CSRF_FAILURE_VIEW = "csa.views.form_too_old"
SESSION_COOKIE_HTTPONLY = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^health$"]
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    LANGUAGE_COOKIE_SECURE = True
    if env.bool("BEHIND_TLS_PROXY", default=True):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# A form that leads to the payment page ends there by redirect, which form-action governs too.
_payment_pages = ["https://checkout.stripe.com"] + ([STRIPE_API_BASE] if STRIPE_API_BASE else [])
if STRIPE_CONNECT:
    _payment_pages.append("https://connect.stripe.com")  # where a farm opens its account
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF, *_payment_pages],
    }
}

# --- logs: ids only, never names or addresses ---------------------------------------------------

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{levelname} {name}: {message}", "style": "{"}},
    "filters": {"quiet": {"()": "people.quiet_log.WithoutTokens"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["quiet"]}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
    "loggers": {"hissa": {"level": "INFO"}},
}
