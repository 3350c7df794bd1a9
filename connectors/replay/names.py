"""The names that people and listening tools give to the columns of their files.

Names are compared without case, punctuation and what stands in parentheses (``Date (WIB)`` is
``date``). Sources: X API v1.1 and v2 and the archive's ``tweets.js``, YouTube's API and Takeout,
Google Play Console's review reports, Meta's and TikTok's exports of one's own data, Meta Business
Suite, CrowdTangle, the actors of Apify, and the export fields that Brandwatch, Talkwalker,
Meltwater, Sprinklr, Mention, Hootsuite, Sprout Social, Awario, Brand24, Keyhole, Synthesio,
Digimind and Determ (Mediatoolkit) document or that are seen in public code reading their files.
Tools let their users choose columns: where ours do not fit, ``--column`` says which it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(", "))


COLUMNS: Mapping[str, tuple[str, ...]] = {
    "text": _names(
        "full text, text, body, content, message, tweet, comment, comment text, review text, "
        "mention text, mention content, mention snippet, hit sentence, snippet, opening text, "
        "post text, post message, caption, post, mention, description, summary, raw content, "
        "text original, text display, rendered content, extract, excerpt, isi, isi komentar, "
        "komentar, teks, pesan, ulasan, konten, cuitan, konten pesan, kutipan, postingan, "
        "unggahan, ringkasan, berita, keluhan, kritik dan saran, kritik, masukan, "
        "abstract, synopsis, sinopsis, review, feedback, complaint, testimoni, pengaduan, aduan, "
        "opini, "
        "news text, article text, sound bite text, sound bite, "
        "mention full text, contents, isi percakapan, percakapan, kandungan, texto, "
        "contenido, mensaje, conteúdo, mensagem, текст, "
        "текст упоминания, сообщение, текст сообщения"
    ),
    "published_at": _names(
        "published at, created at, created time, published, published date, publication date, "
        "date published, date, datetime, date time, timestamp, time, created, tweet created, "
        "date created, created date, sn created time, post date, posted at, "
        "review submit date and time, "
        "comment create timestamp, create time iso, create time, message created time, "
        "published at date, publish time, publish date, post created, post created date, "
        "posted on, published on, created on, uploaded at, uploaded on, submitted at, sent at, "
        "tanggal, tanggal posting, tanggal publikasi, waktu, tgl, dibuat, diunggah, diposting, "
        "dipublikasikan, tarikh, fecha, fecha de publicación, at, news date, "
        "cap waktu, дата, дата публикации, дата и время"
    ),
    "clock": _names(
        "time, hour, time of day, published time, post created time, jam, waktu, pukul, pkl, время"
    ),
    "zone": _names("timezone, time zone, tz, zona waktu, zona"),
    "id": _names(
        "id str, id, external id, tweet id, post id, comment id, message id, mention id, "
        "id postingan, id komentar, resource id, document id, unique id, universal message id, "
        "review id, cid, guid"
    ),
    "author": _names(
        "author handle, author username, author screen name, user handle, screen name, author, "
        "username, user name, user, handle, sender screen name, user screen name, user username, "
        "from user, from sn user, from, author user name, author name, author display name, "
        "influencer, sender, "
        "profile name, extra author attributes name, owner username, author meta name, sent by, "
        "account username, account name, autor, usuario, pengarang, author title, name, page name, "
        "social profile, profile, akun, nama akun, nama halaman, pengguna, "
        "nama pengguna, penulis, nama, pengirim, oleh, nama media, автор, acct, user unique id, "
        "reviewer, commenter, requester, customer, pelapor, pelanggan, pembeli, display name, "
        "nickname, full name, journalist, byline, wartawan, jurnalis, reporter"
    ),
    "url": _names(
        "url, link, permalink, post url, message url, post permalink, mention url, tweet url, "
        "comment url, review link, original url, source url, source link, permalink url, "
        "web video url, video web url, link to tweet, link to post, link to mention, "
        "original link, "
        "tautan permanen, pautan, enlace, "
        "tautan, alamat, ссылка"
    ),
    "platform": _names(
        "platform, network, social network, source type, content source name, page type, "
        "content source, sn type, post network, media type, social media, media sosial, channel, "
        "kanal, источник"
    ),
    "lang": _names("lang, language, language code, reviewer language, text language, bahasa"),
    "title": _names("title, headline, subject, review title, news headline, judul, заголовок"),
    "reply_to": _names(
        "reply to, in reply to, in reply to status id str, in reply to status id, parent id, "
        "parent comment id, in reply to id"
    ),
    "followers": _names(
        "followers, followers count, user followers, user followers count, author followers, "
        "sender follower count, follower count, twitter followers, x followers, author public "
        "metrics followers count, followers at posting, fans, pengikut, jumlah pengikut"
    ),
}
"""Where each field is looked for, the best first, unless ``columns`` says otherwise. ``clock`` is
the time of day where the date stands in a column of its own, ``zone`` its zone."""

SITE: tuple[str, ...] = _names(
    "source, source name, site, site name, domain, source domain, media, sumber, situs"
)
"""Columns that name a platform in some rows and anybody's site in others."""

SORTS = frozenset(
    _names(
        "microblog, microblogs, social, socials, forum, forums, review, reviews, sns, web, "
        "social media, social network, social networks, media sosial, medsos"
    )
)
"""What tools call a sort of platforms: the link says which one it is."""

_THINGS = (
    "tweet post posts posting postingan mention message comment review berita pesan komentar "
    "ulasan unggahan artikel article cuitan konten content item reviewer"
)
_SAID = (
    "posted posting diposting publish published publication publikasi dipublikasikan terbit "
    "diterbitkan tayang unggah diunggah upload uploaded submit submitted submission sent kirim "
    "dikirim create created creation dibuat ditulis tweeted rilis release released"
)
SAID = frozenset(_SAID.split())
"""What was done with a text at the time that a column holds."""

ANSWERS = frozenset(_names("reply, response, answer, balasan, jawaban, tanggapan"))
"""Words of a column that holds what the brand said to a text."""

_ZONES = "utc gmt wib wita wit et est local lokal asia jakarta"
NEUTRAL: Mapping[str, frozenset[str]] = {
    "text": frozenset(_THINGS.split()),
    "published_at": frozenset(f"{_THINGS} {_ZONES} pada dan hari".split()),
    "clock": frozenset(f"{_THINGS} {_ZONES}".split()),
    "author": frozenset(f"{_THINGS} user pembeli pelanggan".split()),
    "url": frozenset(f"{_THINGS} web video page".split()),
    "site": frozenset(f"{_THINGS} jenis tipe kategori".split()),
    "title": frozenset(_THINGS.split()),
    "platform": frozenset(["jenis", "nama", "mention"]),
}
"""Words that say nothing beside a field's name: ``tweet date``, ``isi postingan``."""

_PERSONS = "user author owner from account profile sender person reviewer commenter creator"
PERSONS = frozenset(_PERSONS.split())
"""Objects within a row that are its author."""

_OTHERS = (
    "retweeted quoted quote retweet repost parent reply replies entities place hashtags media "
    "comments latest caption attachments includes referenced mentions children"
)
OTHERS = frozenset(_OTHERS.split())
"""Objects within a row that are something else: what is in them is not the row's."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool's export: the columns it is known by, what of it the usual names get wrong, and the
    platform that all of its rows are of, if they are of one."""

    name: str
    known_by: frozenset[str]
    columns: Mapping[str, str] = field(default_factory=dict)
    platform: str = ""


TOOLS: tuple[Tool, ...] = (
    Tool(
        "Brandwatch",
        frozenset({"query id", "query name", "date", "snippet"}),
        {"platform": "page type"},
    ),
    Tool("Talkwalker", frozenset({"published", "content", "source type"})),
    Tool("Meltwater", frozenset({"hit sentence", "opening text"}), {"text": "hit sentence"}),
    Tool("Sprinklr", frozenset({"created time", "sender screen name"})),
    Tool("Mention", frozenset({"unique id", "published at", "source type", "description"})),
    Tool(
        "Sprout Social",
        frozenset({"timestamp", "network", "message id"}),
        {"published_at": "timestamp", "text": "message"},
    ),
    Tool("Hootsuite", frozenset({"post permalink", "date"})),
    Tool("Awario", frozenset({"source", "reach", "sentiment", "snippet"})),
    Tool("Determ (Mediatoolkit)", frozenset({"mention snippet", "date", "time"})),
    Tool("Brand24", frozenset({"date", "content", "source", "sentiment", "author"})),
    Tool("CrowdTangle", frozenset({"post created", "total interactions", "followers at posting"})),
    Tool("Meta Business Suite", frozenset({"publish time", "permalink", "post type"})),
    Tool(
        "Meta Business Suite",
        frozenset({"waktu publikasi", "tautan permanen", "jenis postingan"}),
        {"text": "keterangan"},
    ),
    Tool("Facebook", frozenset({"data comment comment"}), platform="facebook"),
    Tool("Facebook", frozenset({"data post", "timestamp"}), platform="facebook"),
    Tool("Instagram", frozenset({"string map data comment value"}), platform="instagram"),
    Tool("Instagram", frozenset({"comment value", "media owner value"}), platform="instagram"),
    Tool("Google Play Console", frozenset({"review submit date and time", "star rating"})),
    Tool(
        "YouTube Takeout",
        frozenset({"comment create timestamp", "comment text"}),
        platform="youtube",
    ),
    Tool(
        "YouTube API",
        frozenset({"snippet top level comment snippet text display"}),
        platform="youtube",
    ),
    Tool(
        "YouTube API",
        frozenset({"snippet author display name", "snippet published at"}),
        platform="youtube",
    ),
    Tool("YouTube comments", frozenset({"video id", "comment"}), platform="youtube"),
    Tool(
        "TikTok comments (Apify)",
        frozenset({"cid", "unique id", "text", "create time iso"}),
        {"id": "cid", "author": "unique id"},
        "tiktok",
    ),
    Tool(
        "Telegram",
        frozenset({"date unixtime", "text"}),
        {"published_at": "date unixtime"},
        "telegram",
    ),
    Tool("TikTok", frozenset({"date", "comment", "photo"}), platform="tiktok"),
    Tool(
        "TikTok Studio",
        frozenset({"video title", "video link", "post time"}),
        {"text": "video title", "published_at": "post time", "url": "video link"},
        "tiktok",
    ),
    Tool(
        "YouTube Studio",
        frozenset({"content", "video title", "video publish time"}),
        {"text": "video title", "published_at": "video publish time", "id": "content"},
        "youtube",
    ),
    Tool("X archive", frozenset({"full text", "created at", "favorite count"}), platform="x"),
    Tool("X archive", frozenset({"full text", "created at", "id str"}), platform="x"),
    Tool("X API", frozenset({"text", "created at", "id str"}), platform="x"),
    Tool("X API", frozenset({"text", "created at", "author id"}), platform="x"),
)
"""The exports that are named in a preview, the first that fits."""

SITES: Mapping[str, str] = {
    "x.com": "x",
    "twitter.com": "x",
    "instagram.com": "instagram",
    "facebook.com": "facebook",
    "fb.com": "facebook",
    "youtube.com": "youtube",
    "youtu.be": "youtube",
    "tiktok.com": "tiktok",
    "linkedin.com": "linkedin",
    "reddit.com": "reddit",
    "threads.net": "threads",
    "threads.com": "threads",
    "bsky.app": "bluesky",
}
"""Platforms by the site of their links."""

PLATFORMS: Mapping[str, str] = {
    "twitter": "x",
    "tweet": "x",
    "instagram": "instagram",
    "facebook": "facebook",
    "youtube": "youtube",
    "tiktok": "tiktok",
    "linkedin": "linkedin",
    "reddit": "reddit",
    "threads": "threads",
    "bluesky": "bluesky",
    "mastodon": "mastodon",
    "online news": "news",
    "onlinenews": "news",
}
"""Platforms by what tools call them."""

SHORT: Mapping[str, str] = {
    "ig": "instagram",
    "insta": "instagram",
    "fb": "facebook",
    "yt": "youtube",
    "tik tok": "tiktok",
    "tt": "tiktok",
    "tw": "x",
    "twt": "x",
    "twit": "x",
    "media online": "news",
    "berita online": "news",
    "portal berita": "news",
    "portal": "news",
    "berita": "news",
}
"""What people write for platforms where they fill in a table by hand."""

NO_VALUE = frozenset(
    [
        "nan",
        "null",
        "none",
        "nat",
        "\\n",
        "n/a",
        "#n/a",
        "undefined",
        "<na>",
        "#name?",
        "#value!",
        "#ref!",
    ]
)
"""What programs write into a cell where there is nothing."""
