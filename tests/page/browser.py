"""Debian's Chromium without a window, driven by the Chrome DevTools protocol over two pipes: no library is needed."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 120.0  # seconds for one answer


def browser_path() -> str | None:
    """Where a Chromium lies, None where there is none."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Browser:
    """One page in one browser; what it asked the network for stands in `asked`, its complaints in `errors`."""

    def __init__(self, path: str) -> None:
        """Start the browser with a fresh profile."""
        self.asked: list[str] = []
        self.errors: list[str] = []
        self._home = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        read_here, write_there = os.pipe()
        read_there, write_here = os.pipe()

        def pipes() -> None:
            there = os.dup(read_there), os.dup(write_there)
            os.dup2(there[0], 3)
            os.dup2(there[1], 4)

        words = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                 "--remote-debugging-pipe", f"--user-data-dir={self._home.name}", "about:blank"]  # fmt: skip
        self._process = subprocess.Popen([path, *words], close_fds=False, preexec_fn=pipes, stderr=subprocess.DEVNULL)
        os.close(read_there)
        os.close(write_there)
        self._read, self._write, self._held, self._count = read_here, write_here, b"", 0
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def __enter__(self) -> Browser:
        """The browser itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End the process and its profile."""
        self._process.terminate()
        self._process.wait(timeout=30)
        os.close(self._read)
        os.close(self._write)
        self._home.cleanup()

    def call(self, method: str, **given: Any) -> dict[str, Any]:
        """One command to the page."""
        return self._call(method, self._session, **given)

    def _call(self, method: str, session: str | None = None, **given: Any) -> dict[str, Any]:
        self._count += 1
        number = self._count
        said = {"id": number, "method": method, "params": given, **({"sessionId": session} if session else {})}
        os.write(self._write, json.dumps(said).encode() + b"\0")
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            heard = self._next()
            if heard.get("id") == number:
                if "error" in heard:
                    raise RuntimeError(f"{method}: {heard['error']}")
                found: dict[str, Any] = heard["result"]
                return found
            self._note(heard)
        raise TimeoutError(method)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._held:
            fresh = os.read(self._read, 1 << 16)
            if not fresh:
                raise RuntimeError("the browser has gone")
            self._held += fresh
        line, self._held = self._held.split(b"\0", 1)
        found: dict[str, Any] = json.loads(line)
        return found

    def _note(self, heard: dict[str, Any]) -> None:
        method, said = heard.get("method"), heard.get("params", {})
        if method == "Network.requestWillBeSent":
            self.asked.append(said["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(said["exceptionDetails"])[:500])
        elif method == "Log.entryAdded" and said["entry"]["level"] == "error":
            self.errors.append(said["entry"]["text"])
        elif method == "Page.javascriptDialogOpening":
            self.errors.append(f"a dialogue: {said['message']}")

    def look(self, width: int, *, dark: bool = False, height: int = 900) -> None:
        """Set the width of the window in px, and whether the reader likes it dark."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def open(self, page: Path) -> None:
        """Open a file and wait until its figures are drawn."""
        self.call("Page.navigate", url=page.resolve().as_uri())
        drawn = "document.readyState === 'complete' && document.querySelectorAll('.plot:not(.js-plotly-plot)').length === 0"
        until = time.monotonic() + PATIENCE
        while not self.run(drawn):
            if time.monotonic() > until:
                raise TimeoutError("the figures are not drawn: " + "; ".join(self.errors))
            time.sleep(0.2)

    def run(self, script: str) -> Any:
        """The value of an expression in the page, a promise waited for."""
        found = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in found:
            raise RuntimeError(json.dumps(found["exceptionDetails"])[:1000])
        return found["result"].get("value")

    def press(self, key: str, code: int, *, shift: bool = False) -> None:
        """Press a key such as Tab (9) or Enter (13)."""
        given = {"key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": 8 if shift else 0}
        self.call("Input.dispatchKeyEvent", type="keyDown", **given, **({"text": "\r"} if key == "Enter" else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", **given)

    def picture(self, file: Path) -> None:
        """The whole page as PNG."""
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(shot["data"]))

    def paper(self, file: Path) -> None:
        """The page as printed, PDF."""
        sheet = self.call("Page.printToPDF", printBackground=True, paperWidth=8.27, paperHeight=11.69, preferCSSPageSize=True)
        file.write_bytes(base64.b64decode(sheet["data"]))
