"""What devices of two modes read of each other, by whether the bot's device is signed with its identity."""

HEADS = ("bot's device", "person's client", "bot reads the person", "person reads the bot")
UNSIGNED = "UNSIGNED_SENDER_DEVICE"
WITHHELD = "MEGOLM_KEY_WITHHELD_FOR_UNVERIFIED_DEVICE"
SEEN = [("signed", "default", "yes, shield none"),
        ("not signed", "default", "yes, shield red UNSIGNED_DEVICE"),
        ("signed", "strict", "yes, shield none"),
        ("not signed", "strict", f"no: {UNSIGNED}")]


def table(withheld):
    """The rows as they are to be; `withheld` is how the bot's side words that it gets no key."""
    return [(device, client, "yes" if seen.startswith("yes") else f"no: {withheld}", seen) for device, client, seen in SEEN]


def reading(event):
    """How an event of Peer.timeline() is read, in words."""
    if event["failure"]:
        return f"no: {event['failure']}"
    return " ".join(filter(None, ["yes, shield", event["shield"], event["reason"]]))


def as_text(rows):
    rows = [HEADS, *rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)
