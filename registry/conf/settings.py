"""All settings, read from environment variables once at start; the list is in docs/settings.md.

An unsafe value is refused by the system checks of `registry.checks`, never silently repaired.
"""

from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()

PROFILE: str = env.str("BENCHSEAL_PROFILE", "embedded")
IS_PRODUCTION = PROFILE == "production"
DATA_DIR = Path(env.str("BENCHSEAL_DATA", str(BASE_DIR / "var"))).resolve()
DEBUG: bool = env.bool("DEBUG", False)

# Embedded start-up writes its own secret below DATA_DIR; production must bring one.
_SECRET_FILE = DATA_DIR / "secret-key"
SECRET_KEY: str = (
    env.str("SECRET_KEY", _SECRET_FILE.read_text().strip() if _SECRET_FILE.is_file() else "")
    or "unset-secret-key-refused-by-registry.E001"
)
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
PUBLIC_URL: str = env.str("PUBLIC_URL", "http://localhost:8000")

INSTALLED_APPS = [
    "approvals",
    "registry",
    "evidence",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "guardian",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "django_htmx",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "registry.conf.requests.RequestIdMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "registry.conf.problems.ProblemPageMiddleware",
]

ROOT_URLCONF = "registry.conf.urls"
WSGI_APPLICATION = "registry.conf.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "registry.conf.frame.frame",
            ],
        },
    }
]

# --- Database -----------------------------------------------------------------------------------

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{DATA_DIR}/benchseal.sqlite3")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        # IMMEDIATE takes the write lock at BEGIN: a later upgrade of a read lock cannot be refused.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
            "PRAGMA busy_timeout=20000;"
        ),
    }
DATABASES["default"]["ATOMIC_REQUESTS"] = False
DATABASES["default"]["CONN_MAX_AGE"] = 60
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- People -------------------------------------------------------------------------------------

AUTH_USER_MODEL = "registry.User"
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = False
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "queue"
ACCOUNT_ADAPTER = "registry.access.login.ClosedSignup"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ADAPTER = "registry.access.second_factor.HouseAdapter"
MFA_FORMS = {
    "authenticate": "registry.access.factor_forms.LoginCodeForm",
    "reauthenticate": "registry.access.factor_forms.ConfirmCodeForm",
    "activate_totp": "registry.access.factor_forms.AddTotpForm",
    "add_webauthn": "registry.access.factor_forms.AddPasskeyForm",
}
MFA_TOTP_TOLERANCE = 1
# Addresses come with invitations. Whoever asks for somebody's new password bars nobody from a factor.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = False

SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "registry.conf.problems.csrf_failure"

# --- Transport security -------------------------------------------------------------------------

SECURE_SSL_REDIRECT: bool = env.bool("SECURE_SSL_REDIRECT", IS_PRODUCTION)
SESSION_COOKIE_SECURE = IS_PRODUCTION
CSRF_COOKIE_SECURE = IS_PRODUCTION
SECURE_HSTS_SECONDS: int = env.int("SECURE_HSTS_SECONDS", 31_536_000 if IS_PRODUCTION else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_PRODUCTION
SECURE_HSTS_PRELOAD = IS_PRODUCTION
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if env.bool("BEHIND_TLS_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- Static files -------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(DATA_DIR / "blobs")},
    },
    "staticfiles": {
        # Compressing takes half a minute at the first start: production does it at build time.
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if IS_PRODUCTION
        else "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    },
}

# --- Uploads ------------------------------------------------------------------------------------

DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["registry.conf.uploads.NoFiles"]
MAX_ARTIFACT_BYTES: int = env.int("MAX_ARTIFACT_BYTES", 50 * 1024**3)
MAX_DOCUMENT_BYTES: int = env.int("MAX_DOCUMENT_BYTES", 2 * 1024 * 1024)
MAX_RESULTS_BYTES: int = env.int("MAX_RESULTS_BYTES", 64 * 1024 * 1024)

# --- Tasks --------------------------------------------------------------------------------------

CELERY_BROKER_URL: str = env.str("CELERY_BROKER_URL", "filesystem://")
_QUEUE = DATA_DIR / "queue"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = (
    {
        "data_folder_in": str(_QUEUE / "messages"),
        "data_folder_out": str(_QUEUE / "messages"),
        "control_folder": str(_QUEUE / "control"),
        "store_processed": False,
        "polling_interval": 0.1,
    }
    if CELERY_BROKER_URL.startswith("filesystem")
    else {"unacked_restore_interval": 1, "unacked_restore_throttle": 1}
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_ALWAYS_EAGER: bool = env.bool("CELERY_TASK_ALWAYS_EAGER", False)
CELERY_TASK_EAGER_PROPAGATES = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_ENABLE_UTC = True

JOB_LEASE_SECONDS: int = env.int("JOB_LEASE_SECONDS", 20)
JOB_MAX_ATTEMPTS: int = env.int("JOB_MAX_ATTEMPTS", 5)
TICK_SECONDS: float = env.float("TICK_SECONDS", 1.0)

# --- Evidence -----------------------------------------------------------------------------------

OPERATOR: str = env.str("OPERATOR", "Benchseal demonstration")
LOG_ORIGIN: str = env.str("LOG_ORIGIN", "benchseal.local/log")
KEYS_DIR = Path(env.str("KEYS_DIR", str(DATA_DIR / "keys")))
STAGING_DIR = DATA_DIR / "staging"
TSA_URL: str = env.str("TSA_URL", "")
TSA_CHAIN: str = env.str("TSA_CHAIN", "")
TSA_CRL: str = env.str("TSA_CRL", "")
CHECKPOINT_TARGETS: list[str] = env.list("CHECKPOINT_TARGETS", default=[])
METRICS_TOKEN: str = env.str("METRICS_TOKEN", "")
VERIFY_FILES: bool = env.bool("VERIFY_FILES", True)
RENDER_TIMEOUT_SECONDS: int = env.int("RENDER_TIMEOUT_SECONDS", 600)
RENDER_MEMORY_BYTES: int = env.int("RENDER_MEMORY_BYTES", 2 * 1024**3)
RENDER_FONTS_DIR: str = env.str("RENDER_FONTS_DIR", "")

# --- Interfaces ---------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "registry.access.authentication.TokenAuthentication",
        "registry.access.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["registry.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["registry.api.renderers.CanonicalJSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "registry.api.renderers.Negotiation",
    "DEFAULT_SCHEMA_CLASS": "registry.api.schema.ProblemAutoSchema",
    "DATETIME_FORMAT": "%Y-%m-%dT%H:%M:%S.%fZ",
    "EXCEPTION_HANDLER": "registry.conf.exceptions.handle",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "COERCE_DECIMAL_TO_STRING": True,
}
DRF_STANDARDIZED_ERRORS = {
    "EXCEPTION_FORMATTER_CLASS": "registry.conf.exceptions.ProblemFormatter",
    "ENABLE_IN_DEBUG_FOR_UNHANDLED_EXCEPTIONS": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Benchseal",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "DESCRIPTION": "Evidence and governance registry for model benchmarks.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    # Choices stand where they are used: as components they would need a name each.
    "POSTPROCESSING_HOOKS": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- Language, time, mail, logs -----------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
# Due dates count the working days of one place: its time zone and its holidays (YYYY-MM-DD).
WORKING_ZONE: str = env.str("WORKING_ZONE", "UTC")
HOLIDAYS: list[str] = env.list("HOLIDAYS", default=[])
DEFAULT_FROM_EMAIL: str = env.str("DEFAULT_FROM_EMAIL", "benchseal@localhost")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "filters": {"without_secrets": {"()": "registry.conf.log_lines.WithoutSecrets"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["without_secrets"]}
    },
    # It warns at each seal that revocation lists are given and not fetched, as is meant.
    "loggers": {"pyhanko.sign.signers.pdf_signer": {"level": "ERROR"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", "INFO")},
}

# --- Wiring between the layers ------------------------------------------------------------------

# Named as strings so that no lower layer imports a higher one.
ON_EVIDENCE_CHANGED = "approvals.consequences.recheck_releases"
VERIFY_WHEN_DUE = "registry.log_verification.ask_when_due"
MAIL_WHAT_IS_DUE = "registry.notification_mails.send_due"
WHAT_IS_DUE = "approvals.lifecycle.run"
FAULTS_OF_STATE = "approvals.history.faults"
# Kinds of ledger entries, an enum of each layer.
LEDGER_KINDS = (
    "evidence.events.EvidenceEvent",
    "registry.events.RegistryEvent",
    "approvals.events.ApprovalEvent",
)
# Ledger subjects of the layer above: kind → model and the path from its row to the project.
SUBJECT_MODELS = {
    "deployment": ("approvals.Deployment", "project"),
    "release": ("approvals.Release", "project"),
    "signature": ("approvals.Signature", "release__project"),
    "pack": ("approvals.Pack", "project"),
    "policy": ("approvals.Policy", "project"),
    "policy-draft": ("approvals.PolicyDraft", "project"),
    "waiver": ("approvals.Waiver", "project"),
    "delegation": ("approvals.Delegation", "project"),
    "condition": ("approvals.Condition", "signature__release__project"),
    "challenge": ("approvals.Challenge", "release__project"),
}
