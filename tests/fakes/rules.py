"""What Meta, TikTok and LinkedIn take: the fakes refuse what the platforms would refuse, in the
platform's own words. From their documentation, TikTok's own client and the vendor's field lists;
nothing of it was tried on the platforms.

https://developers.facebook.com/docs/graph-api/reference,
https://github.com/tiktok/tiktok-business-api-sdk/tree/main/python_sdk/docs,
https://learn.microsoft.com/linkedin/marketing/community-management
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from fakes.described import shared_folder

from connectors.kit.loopback import Request


@dataclass(frozen=True)
class Rule:
    """One address: what it needs, what else it takes, how much at most, what its values may be
    (a pattern each), and the vendor's list that its ``fields`` are in."""

    needs: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset()
    most: Mapping[str, int] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    fields: str = ""


def _rule(needs: str = "", takes: str = "", fields: str = "", **more: object) -> Rule:
    most = {name: value for name, value in more.items() if isinstance(value, int)}
    values = {name: value for name, value in more.items() if isinstance(value, str)}
    return Rule(frozenset(needs.split()), frozenset(takes.split()), most, values, fields)


Rules = Mapping[str, Rule]

EVERYWHERE = frozenset(
    ["access_token", "appsecret_proof", "fields", "limit", "after", "before", "since", "until"]
)
"""What every list of the Graph API takes."""

FACEBOOK, INSTAGRAM = (f"{n}/spec-facebook-business-sdk-codegen" for n in ("facebook", "instagram"))
POST = f"{FACEBOOK}/PagePost.json"

GRAPH: Rules = {
    r"\d+/(published_posts|feed|visitor_posts)": _rule(
        takes="include_hidden show_expired with", fields=POST, limit=100
    ),
    r"\d+/tagged": _rule(limit=100),
    r"\d+/video_reels": _rule(limit=100),
    r"\d+/live_videos": _rule(takes="broadcast_status source", limit=100),
    r"\d+/ratings": _rule(limit=100),
    r"act_\d+/ads": _rule(
        takes="filtering effective_status date_preset time_range updated_since",
        fields=f"{FACEBOOK}/Ad.json",
        limit=500,
    ),
    r"\d+/(media|tags)": _rule(fields=f"{INSTAGRAM}/IGMedia.json", limit=100),
    r"ig_hashtag_search": _rule("user_id q"),
    r"\d+/(recent_media|top_media)": _rule("user_id fields", limit=50),
    r"\w+/replies": _rule(limit=100),
    r"\w+/comments": _rule(
        takes="filter live_filter order summary",
        limit=100,
        filter="stream|toplevel",
        order="chronological|reverse_chronological",
    ),
    r"\w+/insights": _rule(
        "metric", "period metric_type breakdown timeframe date_preset", period="day|week|days_28"
    ),
    r"\d+(_\d+)?": _rule(),
    r"debug_token": _rule("input_token"),
}
THREADS: Rules = {
    r"me": _rule(),
    r"me/(threads|mentions|replies)": _rule(limit=100),
    r"\d+/(conversation|replies)": _rule(takes="reverse", limit=100, reverse="true|false"),
    r"keyword_search": _rule(
        "q",
        "search_type search_mode author_username media_type",
        limit=100,
        search_type="TOP|RECENT",
        search_mode="KEYWORD|TAG",
    ),
    r"\d+/insights": _rule("metric"),
    r"me/threads_insights": _rule("metric", "breakdown"),
    r"\d+": _rule(),
}
CLIP = "item_id|create_time|video_link|caption|likes|comments|shares|thumbnail_url"


def _mentioned(sort_field: str, order: str, fields: str) -> Rule:
    """One of TikTok's three lists of mentions: each is sorted, and tells, in its own words."""
    values = {
        "number_of_days": r"([1-9]|[12]\d|30)",
        "sort_field": sort_field,
        order: "ASC|DESC",
        "fields": rf'\[("({fields})",?)+\]',
    }
    takes = f"fields sort_field {order} number_of_days regions cursor max_count"
    return Rule(frozenset({"business_id"}), frozenset(takes.split()), {"max_count": 100}, values)


TIKTOK: Rules = {
    "business/video/list/": _rule("business_id", "fields filters cursor max_count", max_count=20),
    "business/comment/list/": _rule(
        "business_id video_id",
        "comment_ids include_replies status sort_field sort_order cursor max_count",
        max_count=30,
        status="ALL|PUBLIC",
        sort_field="likes|replies|create_time",
        sort_order="asc|desc|smart",
    ),
    "business/comment/reply/list/": _rule(
        "business_id video_id comment_id",
        "status sort_field sort_order cursor max_count",
        max_count=30,
        status="ALL|PUBLIC",
    ),
    "business/mention/video/list/": _mentioned(
        "CREATE_TIME|LIKES|COMMENTS|SHARES", "sort_type", f"{CLIP}|creator_handle_name|views|reach"
    ),
    "business/mention/hashtag/video/list/": _mentioned(
        "CREATE_TIME|LIKES|COMMENTS|SHARES", "sort_order", f"{CLIP}|matched_hashtags"
    ),
    "business/mention/comment/list/": _mentioned(
        "COMMENT_CREATE_TIME|VIDEO_LIKES|COMMENT_LIKES",
        "sort_type",
        "item_id|video_link|caption|video_likes|thumbnail_url|commenter_display_name|comment_id"
        "|comment_type|comment_text|comment_create_time|comment_likes",
    ),
    "comment/list/": _rule(
        "advertiser_id start_time end_time search_field search_value",
        "sort_field sort_type page page_size comment_type comment_status",
        page_size=100,
        search_field="ADGROUP_ID",
        start_time=r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?",
    ),
    "ad/get/": _rule("advertiser_id", "fields filtering page page_size", page_size=1000),
    "ad/review_info/": _rule("advertiser_id ad_ids", "lang"),
}
LINKEDIN: Rules = {
    "organizationalEntityNotifications": _rule(
        "q organizationalEntity actions timeRange",
        "start count",
        count=100,
        q="criteria",
        actions=r"List\([A-Z_,]+\)",
        timeRange=r"\(start:\d{13},end:\d{13}\)",
    ),
    "posts": _rule(
        "q author", "sortBy start count", count=100, q="author", sortBy="LAST_MODIFIED|CREATED"
    ),
    "posts/[^/]+": _rule(takes="viewContext"),
    "socialActions/[^/]+/comments": _rule(takes="start count", count=100),
    r"socialActions/[^/]+/comments/\d+": _rule(),
    "organizationalEntityShareStatistics": _rule(
        "q organizationalEntity", "shares ugcPosts timeIntervals", q="organizationalEntity"
    ),
    "networkSizes/[^/]+": _rule("edgeType", edgeType="COMPANY_FOLLOWED_BY_MEMBER"),
}


def complaint(
    rules: Rules, path: str, asked: Request, everywhere: frozenset[str] = frozenset()
) -> str:
    """What the platform would not accept in a request; "" where it would."""
    rule = next((one for pattern, one in rules.items() if re.fullmatch(pattern, path)), None)
    if rule is None:
        return ""  # no such object: the fake says so itself
    if asked.method != "GET":
        return f"Unsupported {asked.method.lower()} request"
    given = asked.params.keys()
    if missing := rule.needs - given:
        return f"{min(missing)}: Missing data for required field."
    if unknown := given - rule.needs - rule.takes - everywhere:
        return f"{min(unknown)}: Unknown parameter."
    for name, most in rule.most.items():
        if int(asked.params.get(name, 0)) > most:
            return f"{name}: must be at most {most}."
    for name, pattern in rule.values.items():
        if name in given and not re.fullmatch(pattern, asked.params[name]):
            return f"{name}: Not a valid choice."
    known = vendor_fields(rule.fields) if rule.fields else None
    strange = _named(asked.params.get("fields", "")) - known if known else set()
    return f"Tried accessing nonexisting field ({min(strange)})" if strange else ""


def graph_complaint(rules: Rules, asked: Request, version: str) -> str:
    """The same for the Graph API: the version is in the address."""
    told, _, path = asked.path.removeprefix("/").partition("/")
    if told != version:
        return f"Unknown path components: /{told}"
    return complaint(rules, path, asked, EVERYWHERE)


def linkedin_complaint(asked: Request) -> str:
    """The same for LinkedIn, with its two headers."""
    if not re.fullmatch(r"20\d{4}", asked.headers.get("linkedin-version", "")):
        return "A version must be present. Please specify a version by adding the header"
    if asked.headers.get("x-restli-protocol-version") != "2.0.0":
        return "Invalid query parameters passed to request"
    return complaint(LINKEDIN, asked.path.removeprefix("/rest/"), asked)


@cache
def vendor_fields(name: str) -> frozenset[str] | None:
    """The names in a field list of the vendor's; None where it is not at hand."""
    path = shared_folder() / "data/recorded" / name
    if not path.exists():
        return None
    body = path.read_bytes()
    told = json.loads(gzip.decompress(body) if path.suffix == ".gz" else body)
    edges = {str(api.get("endpoint")) for api in told.get("apis", ())}
    return frozenset({one["name"] for one in told["fields"]} | edges | {"id"})


def _named(fields: str) -> set[str]:
    """The outermost names of ``fields=a,b{c,d},e.limit(0)``."""
    flat, depth = "", 0
    for sign in fields:
        depth += (sign in "{(") - (sign in "})")
        flat += sign if depth == 0 and sign not in "})" else ""
    return {name.split(".")[0] for name in flat.split(",") if name}
