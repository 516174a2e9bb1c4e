"""Classify the output of sanitizers, BLAS and Python: kind of report and place."""

import re

# In this order, since a report of the address sanitizer may quote others.
_KINDS = (
    ("address", r"AddressSanitizer|==\d+==ERROR"),
    ("undefined", r"runtime error:|UndefinedBehaviorSanitizer"),
    ("thread", r"ThreadSanitizer"),
    ("blas", r"On entry to\s+\S+\s+parameter number|Parameter \d+ to routine"),
    ("hang", r"^Timeout \(\d+:\d\d:\d\d"),
)
_HEADLINES = (
    r"ERROR: AddressSanitizer: ([\w-]+)",
    r"runtime error: (.*)",
    r"WARNING: ThreadSanitizer: ([\w -]+)",
    r"\*\* (On entry to.*)",
    r"^(Timeout .*)",
)


def kind_of(text):
    """Return the kind of a printed text: 'address', ..., else 'printed', or None."""
    for kind, pattern in _KINDS:
        if re.search(pattern, text, re.MULTILINE):
            return kind
    return "printed" if text.strip() else None


def headline_of(text):
    """Return the line of a report that says what happened."""
    for pattern in _HEADLINES:
        found = re.search(pattern, text, re.MULTILINE)
        if found:
            return found.group(1).strip()
    lines = text.strip().splitlines()
    return lines[-1].strip()[:100] if lines else ""


def place_of(text):
    """Return the first place in the kernels that a report names: 'network.h:307'."""
    found = re.search(
        r"(?:_kernels/c|sanitize|sanitize/\w+)/((?:\w+\.h|crew_driver\.c):\d+)", text
    )
    if found:
        return found.group(1)
    found = re.search(r"#\d+ 0x\w+ in (\w+)", text)
    if found:
        return found.group(1)
    found = re.findall(r'File "[^"]*/(skmlp/[^"]+)", line (\d+)', text)
    return ":".join(found[-1]) if found else ""


def group_of(report):
    """Return (kind, headline, place) of a report, without its numbers.

    Reports with one cause have equal groups.
    """
    headline = re.sub(r"0x[0-9a-f]+|-?\d+(\.\d+)?", "N", report["headline"])
    return report["kind"], headline[:90], report["place"]
