"""What people decide: the shape of ``siaga.yaml``. Read by ``monitor.settings.load``, checked as a
whole by ``monitor.app``. Everything has a default, so that an empty file is a valid one.

Secrets are not here: they come from the environment (``NAME``, or ``NAME_FILE`` naming a file).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, Field, StringConstraints, field_validator, model_validator

from monitor.settings.addresses import sender_of
from monitor.settings.hours import BusinessHours, PageBudget, QuietHours
from monitor.settings.people import PersonSettings, RoleSettings, ScheduleSettings
from monitor.settings.sections import Duration, Locale, PlaybookName, Section, Slug


class SourceSettings(Section):
    """A source of a brand. ``options`` are the connector's own, checked by its model."""

    connector: str
    name: Slug
    every: Duration | None = Field(None, description="How often to ask; default: the connector's.")
    covered_from: datetime | None = Field(
        None, description="Collection began here; what is before it is not silence."
    )
    options: dict[str, Any] = Field(default_factory=dict)


class DigestSettings(Section):
    """The weekly e-mail. ``day`` and ``at`` are in the brand's time zone."""

    to: tuple[str, ...] = ()
    day: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = "mon"
    at: str = Field("08:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")


class BrandSettings(Section):
    """Who we protect, and what to listen for."""

    slug: Slug
    name: str
    query: str
    languages: tuple[str, ...] = ("id", "en")
    own_accounts: tuple[str, ...] = Field(
        (), description="platform:handle of the brand itself; its own posts are not mentions."
    )
    crisis_terms: tuple[Annotated[str, StringConstraints(pattern=r"\w")], ...] = Field(
        (), description="Words of a crisis of this brand, beside those that ship."
    )
    time_zone: str = "Asia/Jakarta"
    language: Locale = Field("en", description="Language of this brand's alerts and digest.")
    mode: Literal["live", "shadow"] = "live"
    covered_from: datetime | None = None
    slack_channel: str = ""
    alerts: str = Field(
        "", description="Instead of Slack: `channel:destination`, of a channel under `channels`."
    )
    playbook: PlaybookName = "default"
    playbooks: tuple[PlaybookName, ...] = Field(
        (), description="By what they match; the first that fits counts before `playbook`."
    )
    statement_words: dict[str, str] = Field(
        {}, description="What approved statements say for {{help_url}}, {{product}} and their like."
    )
    quiet_hours: QuietHours | None = Field(
        None, description="When this brand's messages wait, other than of SEV1; in its time zone."
    )
    digest: DigestSettings = DigestSettings()
    sources: tuple[SourceSettings, ...] = ()


class VolumeRule(Section):
    """The volume detector. ``threshold`` is a score (−log10 of improbability)."""

    enabled: bool = True
    threshold: float | None = Field(None, gt=0, description="Default: the detector's own.")
    watch: bool = Field(
        True,
        description="Tell what is strange but agrees with nothing as a card that names nobody.",
    )
    min_mentions: int = Field(8, ge=1, description="Never fire on fewer mentions in the window.")


class NegativeRule(Section):
    """The negative-share detector."""

    enabled: bool = True
    threshold: float | None = Field(None, gt=0)
    min_mentions: int = Field(12, ge=1)


class BlindnessRule(Section):
    """When a source that fails for now (timeouts, rate limits) counts as blind: so long after its
    last good poll. A refused token or query counts at once."""

    after: Duration = timedelta(minutes=15)


class SilenceRule(Section):
    """When a platform that answers but tells nothing any more counts as blind."""

    enabled: bool = True
    min_mentions: int = Field(
        25, ge=10, description="So many must be ordinary in the time in which nothing came."
    )


class FirstDaysRule(Section):
    """While it is still being learned what is usual: whether many mentions that name a crisis, or a
    run of angry ones, page all the same."""

    enabled: bool = True


class LateRule(Section):
    """Whether a storm is told that a platform shows only when its time is long over."""

    enabled: bool = True


class PlannedEvent(Section):
    """Something that will be talked about, known beforehand. Raises the expected volume, never the
    expected share of negative mentions. Times need a zone: 2026-11-11T00:00+07:00."""

    name: str
    start: AwareDatetime
    end: AwareDatetime
    volume: float = Field(3.0, ge=1, le=100, description="How many times the ordinary volume.")
    brands: tuple[Slug, ...] = Field((), description="Default: every brand.")

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.end <= self.start:
            raise ValueError("ends before it begins; mend `start` or `end`")
        return self


class CalendarFile(Section):
    """A calendar as ICS, whose entries are planned events. ``file``: beside the config. Read with
    the config. A line "volume: 5" in an entry's description is that entry's own volume."""

    file: str = Field(min_length=1)
    volume: float = Field(3.0, ge=1, le=100, description="How many times the ordinary volume.")
    brands: tuple[Slug, ...] = Field((), description="Default: every brand.")
    time_zone: str = Field("Asia/Jakarta", description="Where a day without hours is a day.")


class Rules(Section):
    """The detectors. ``warm_up``: how long a series is watched before it may fire."""

    warm_up: Duration = timedelta(days=3)
    volume: VolumeRule = VolumeRule()
    negative: NegativeRule = NegativeRule()
    blindness: BlindnessRule = BlindnessRule()
    silence: SilenceRule = SilenceRule()
    first_days: FirstDaysRule = FirstDaysRule()
    late: LateRule = LateRule()
    events: tuple[PlannedEvent, ...] = ()
    calendars: tuple[CalendarFile, ...] = ()


class SlackSettings(Section):
    """Slack. The bot token comes from SLACK_BOT_TOKEN (or SLACK_BOT_TOKEN_FILE)."""

    enabled: bool = False
    channel: str = Field("", description="Where alerts go unless the brand names its own.")
    base_url: str = "https://slack.com/api/"
    timeout: Duration = timedelta(seconds=15)
    interactions: Literal["socket", "http", "off"] = Field(
        "socket",
        description="How presses reach Siaga: over a connection of its own (SLACK_APP_TOKEN), or "
        "by requests to web.public_url (SLACK_SIGNING_SECRET). Without it there are no buttons.",
    )
    broadcast: bool = Field(
        True, description="Show in the channel, too, what a playbook's step asks to be shown there."
    )
    quiet_period: Duration = Field(
        timedelta(seconds=45),
        description="How long to wait before asking Slack whether an unanswered post arrived.",
    )


class EmailSettings(Section):
    """The mail relay. The password comes from SIAGA_SMTP_PASSWORD (or its _FILE)."""

    enabled: bool = False
    host: str = "localhost"
    port: int = Field(587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    sender: str = "Siaga <siaga@localhost>"
    timeout: Duration = timedelta(seconds=30)

    @field_validator("sender")
    @classmethod
    def _has_an_address(cls, sender: str) -> str:
        sender_of(sender)
        return sender


class StorageSettings(Section):
    """Where the data is. A relative SQLite path is relative to STATE_DIRECTORY (set by systemd and
    in the container), for /etc/siaga/siaga.yaml to /var/lib/siaga if there is such a folder, else
    to the config file's folder.
    The password of a PostgreSQL URL may come from SIAGA_DATABASE_URL (or its _FILE)."""

    url: str = "sqlite:///siaga.db"


class WebSettings(Section):
    """The read-only page and /healthz."""

    enabled: bool = True
    host: str = "127.0.0.1"
    port: int = Field(8340, ge=0, le=65535)
    public_url: str = Field("", description="How people reach the page; put into alerts.")
    meta_webhooks: bool = Field(False, description="Take what Meta tells at /hooks/meta.")


class HeartbeatSettings(Section):
    """A sign of life to somebody outside who misses it when it stops (healthchecks.io and its
    like): GET ``url`` while all is well, and ``url``/fail, without a query, while it is not. The
    address may also come from SIAGA_HEARTBEAT_URL (or its _FILE): whoever has it can be the heart.
    """

    url: str = ""
    every: Duration = timedelta(minutes=1)


class LogSettings(Section):
    """The daemon's log, on standard error."""

    format: Literal["text", "json"] = "text"


class SentimentSettings(Section):
    """How texts are read. The light model needs nothing; see docs/model-card.md."""

    transformer: str = Field(
        "",
        description="Folder of an ONNX sentiment model (model.onnx, tokenizer.json, config.json) "
        "as second opinion on the mentions of an open signal; needs siaga[transformer].",
    )


class RetentionSettings(Section):
    """How long texts and authors are kept; counts stay. ``default`` is shortened to what a
    platform's terms allow, as its connector declares them; ``platforms`` says otherwise."""

    default: Duration = timedelta(days=90)
    platforms: dict[str, Duration] = Field(default_factory=dict)


class Settings(Section):
    """The whole of ``siaga.yaml``."""

    version: Literal[1] = 1
    brands: tuple[BrandSettings, ...] = ()
    rules: Rules = Rules()
    playbooks: tuple[str, ...] = Field((), description="Playbook files beside this one.")
    risks: str = Field("", description="The risk register beside this file; default: the shipped.")
    people: tuple[PersonSettings, ...] = Field((), description="Who can be paged, and how.")
    roles: dict[Slug, RoleSettings] = Field(
        default_factory=dict, description="Whom the roles of playbooks stand for."
    )
    schedules: tuple[ScheduleSettings, ...] = Field((), description="Who is on call when.")
    business_hours: BusinessHours = Field(
        default_factory=lambda: BusinessHours.model_validate({}),
        description="For the steps of playbooks that count in them.",
    )
    page_budget: PageBudget = PageBudget()
    slack: SlackSettings = SlackSettings()
    email: EmailSettings = EmailSettings()
    channels: dict[str, dict[str, Any]] = Field(
        default_factory=dict,
        description="Channels installed beside Siaga, by name, each with its own options.",
    )
    next_ways: tuple[str, ...] = Field(
        (),
        description="Where SEV1 and SEV2 go too if Slack does not take them within a minute, "
        "beside mail: apprise:NAME, webhook:ROOM.",
    )
    storage: StorageSettings = StorageSettings()
    web: WebSettings = WebSettings()
    heartbeat: HeartbeatSettings = HeartbeatSettings()
    log: LogSettings = LogSettings()
    sentiment: SentimentSettings = SentimentSettings()
    retention: RetentionSettings = RetentionSettings()
    command: str = Field("siaga", description="How people call siaga; goes into alerts.")
    workers: int = Field(4, ge=1, le=64)
