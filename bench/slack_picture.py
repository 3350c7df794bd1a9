"""The README's picture: the demo's own Slack message, its blocks drawn by a browser.

Approximate: Slack's client draws blocks its own way. Needs Chromium (or Chrome) on the PATH.

    python bench/slack_picture.py [--language id] [--out docs/slack-message.png]
"""

from __future__ import annotations

import argparse
import html
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

WIDTH = 760
CSS = """
* { box-sizing: border-box; margin: 0; }
body { background: #fff; color: #1d1c1d; width: 760px; padding: 20px 24px 22px;
  font: 15px/1.46 Lato, "Noto Sans", "DejaVu Sans", "Noto Color Emoji", sans-serif; }
.message { display: grid; grid-template-columns: 36px 1fr; column-gap: 10px; }
.message + .message { margin-top: 14px; padding-top: 14px; border-top: 1px solid #e8e8e8; }
.face { width: 36px; height: 36px; border-radius: 8px; background: #b3261e; color: #fff;
  font-weight: 700; font-size: 20px; display: grid; place-items: center; }
.who b { font-weight: 800; } .who .app { background: #e8e8e8; color: #616061; font-size: 10px;
  font-weight: 700; border-radius: 3px; padding: 1px 4px; margin: 0 5px; }
.who .at, .context { color: #616061; font-size: 13px; }
h3 { font-size: 18px; line-height: 1.33; font-weight: 800; margin: 6px 0 4px; }
.section { margin: 6px 0; white-space: pre-line; }
.fields { display: grid; grid-template-columns: 1fr 1fr; gap: 8px 24px; margin: 10px 0; }
.fields > div { white-space: pre-line; }
blockquote { border-left: 4px solid #dddddd; padding-left: 12px; margin: 8px 0 2px; }
.rich { margin: 0 0 6px; padding-left: 16px; } .rich.flat { padding-left: 0; }
code { border: 1px solid #e8e8e8; background: #f8f8f8; color: #c01343; border-radius: 3px;
  font: 12px "DejaVu Sans Mono", monospace; padding: 1px 3px; }
.rich i { color: #616061; } a { color: #1264a3; text-decoration: none; }
.context { margin: 8px 0; white-space: pre-line; }
.mention { background: #fdf2d8; color: #1264a3; border-radius: 3px; padding: 0 2px; }
"""


def draw(block: dict[str, Any]) -> str:
    """One block as HTML."""
    kind = block["type"]
    if kind == "header":
        return f"<h3>{_escaped(block['text']['text'])}</h3>"
    if kind == "section" and "fields" in block:
        fields = "".join(f"<div>{_text(field)}</div>" for field in block["fields"])
        return f'<div class="fields">{fields}</div>'
    if kind == "section":
        return f'<div class="section">{_text(block["text"])}</div>'
    if kind == "context":
        return "".join(f'<div class="context">{_text(e)}</div>' for e in block["elements"])
    if kind == "rich_text":
        quoted = any(e["type"] == "rich_text_quote" for e in block["elements"])
        return "".join(_rich(element, quoted) for element in block["elements"])
    return ""


def _rich(element: dict[str, Any], quoted: bool) -> str:
    inner = "".join(_run(run) for run in element["elements"])
    if element["type"] == "rich_text_quote":
        return f"<blockquote>{inner}</blockquote>"
    return f'<div class="rich{"" if quoted else " flat"}">{inner}</div>'


def _run(run: dict[str, Any]) -> str:
    text = _escaped(run.get("text") or run.get("url", ""))
    style = run.get("style", {})
    if run["type"] == "link":
        text = f"<a>{text}</a>"
    if style.get("code"):
        text = f"<code>{text}</code>"
    if style.get("bold"):
        text = f"<b>{text}</b>"
    return f"<i>{text}</i>" if style.get("italic") else text


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)


def _text(text: dict[str, Any]) -> str:
    if text["type"] == "plain_text":
        return _escaped(text["text"])
    marked = re.sub(r"\*([^*\n]+)\*", r"<b>\1</b>", text["text"])  # mrkdwn is escaped already
    return re.sub(r"&lt;!(\w+)&gt;|<!(\w+)>", r'<span class="mention">@\1\2</span>', marked)


def message(blocks: list[dict[str, Any]], at: str) -> str:
    """A whole message, as Slack shows one of an app."""
    who = f'<b>Siaga</b><span class="app">APP</span><span class="at">{at}</span>'
    body = "".join(draw(block) for block in blocks)
    return (
        f'<div class="message"><div class="face">S</div>'
        f'<div><div class="who">{who}</div>{body}</div></div>'
    )


def page(language: str) -> str:
    """Play the demo and draw its first message."""
    from alerting.channels.slack.blocks import blocks
    from alerting.i18n import Localizer
    from monitor.runtime.demo import Wish, prepare

    with tempfile.TemporaryDirectory() as folder:
        demo = prepare(Path(folder), Wish(language=language))
        demo.play(lambda _: None)
        root = next(m for m in demo.messages() if m.key.endswith(":root"))
        demo.app.db.close()
    say = Localizer(language, demo.scenario.time_zone)
    body = message(blocks(root.delivery), say.time(root.at))
    return f"<!doctype html><meta charset=utf-8><style>{CSS}</style><body>{body}</body>"


def photograph(browser: str, source: str, out: Path) -> None:
    """The page as a picture, exactly as high as it is."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.html"
        measure = "<script>document.title=document.body.getBoundingClientRect().height</script>"
        file.write_text(source + measure, "utf-8")
        flags = [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--force-device-scale-factor=2",
            f"--user-data-dir={folder}/profile",
        ]
        dom = subprocess.run(
            [*flags, f"--window-size={WIDTH},2000", "--dump-dom", file.as_uri()],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        ).stdout
        height = round(float(re.search(r"<title>([\d.]+)", dom)[1]))
        file.write_text(source, "utf-8")
        subprocess.run(
            [*flags, f"--window-size={WIDTH},{height}", f"--screenshot={out}", file.as_uri()],
            capture_output=True,
            check=True,
            timeout=120,
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--language", default="en")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "slack-message.png")
    arguments = parser.parse_args()
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
    if not browser:
        print("Chromium is needed for the picture, and there is none.")
        return 1
    arguments.out.parent.mkdir(exist_ok=True)
    photograph(browser, page(arguments.language), arguments.out)
    print(arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
