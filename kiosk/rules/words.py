"""The words of the house that are stored: each enum's value is what stands in the database."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """Who acts. `kiosk` is a paired screen or agent: a device, never a person."""

    VOLUNTEER = "volunteer"
    SCREENER = "screener"
    VACCINATOR = "vaccinator"
    OBSERVER = "observer"
    SITE_LEAD = "site_lead"
    TECHNICIAN = "technician"
    DEVICE = "device"


class Sex(StrEnum):
    """As on the card."""

    MALE = "male"
    FEMALE = "female"
    UNKNOWN = "unknown"


class VisitState(StrEnum):
    """Where a visit stands within its step; `held`: out of the line until they are back; `seated`: in a room that
    calls nobody; `left` ends it."""

    WAITING = "waiting"
    HELD = "held"
    CALLED = "called"
    AT_TABLE = "at_table"
    SEATED = "seated"
    LEFT = "left"


class MoveKind(StrEnum):
    """A move in the queue. `call`: whose turn it was; `jump`: somebody else, for a reason; `passed`: not ready, one
    lets others go before; `no_show`: did not come; `back`: to the doctor again; `lane`: to another lane, for a reason.

    `enter` and `exit`: a spot in a zone is taken and given back; `ask_in`: somebody who stood outside has a spot now;
    `early`: let in before their slot, for a reason; `closed`: the table that had called them serves their step no more;
    `undone`: the move before never was.
    """

    CALL = "call"
    JUMP = "jump"
    RECALL = "recall"
    ARRIVE = "arrive"
    PASSED = "passed"
    NO_SHOW = "no_show"
    HOLD = "hold"
    RESUME = "resume"
    TRANSFER = "transfer"
    BACK = "back"
    LANE = "lane"
    EARLY = "early"
    CLOSED = "closed"
    ASK_IN = "ask_in"
    ENTER = "enter"
    EXIT = "exit"
    UNDONE = "undone"


class Origin(StrEnum):
    """Why this person is here today."""

    ROSTER = "roster"
    WALK_IN = "walk_in"


class PrintState(StrEnum):
    """Where a slip stands. `sent`: a printer that cannot answer. `doubtful`: a person must look."""

    QUEUED = "queued"
    HELD = "held"
    SENDING = "sending"
    PRINTED = "printed"
    SENT = "sent"
    DOUBTFUL = "doubtful"
    REPRINTED = "reprinted"
    VOID = "void"


class SlipKind(StrEnum):
    """What is printed. `width`: the test slip with ruled lines that tells how wide the paper is."""

    TICKET = "ticket"
    COMEBACK = "comeback"
    PROVISIONAL = "provisional"
    CERTIFICATE = "certificate"
    DEFERRAL = "deferral"
    VIAL = "vial"
    CLOSING = "closing"
    STATUS = "status"
    BADGE = "badge"
    BLANK = "blank"
    WIDTH = "width"


class ScanOutcome(StrEnum):
    """What a scan led to. `incomplete`: it says too little to tell who it is; a fuller document is asked for.

    `compared`: with whoever was at the table; `differed`: so, and it says that this is somebody else. `stock`: a vial's
    label or a pack, at a table that gives doses.

    Of tickets `checked_in`: of somebody who is here, nothing was done; `entered`: they came through this door;
    `zone_full`: they may not, it is full; `received`: they came to the table that called; `back`: absent when called,
    they are back in the line; `other_day`: of another clinic day than the one that is open.
    """

    ROSTERED = "rostered"
    NOT_ROSTERED = "not_rostered"
    CHECKED_IN = "checked_in"
    UNKNOWN_CODE = "unknown_code"
    UNKNOWN_TICKET = "unknown_ticket"
    NO_CLINIC_DAY = "no_clinic_day"
    INCOMPLETE = "incomplete"
    COMPARED = "compared"
    DIFFERED = "differed"
    NOBODY_HERE = "nobody_here"
    STOCK = "stock"
    ENTERED = "entered"
    ZONE_FULL = "zone_full"
    RECEIVED = "received"
    BACK = "back"
    OTHER_DAY = "other_day"


class DayHalf(StrEnum):
    """A clinic day is a morning or an afternoon."""

    MORNING = "morning"
    AFTERNOON = "afternoon"


class HelpReason(StrEnum):
    """Why somebody at a kiosk calls a volunteer. `no_dose`: every dose is spoken for, the kiosk calls by itself."""

    ASKED = "asked"
    NO_CARD = "no_card"
    NOT_ROSTERED = "not_rostered"
    UNKNOWN_CODE = "unknown_code"
    NO_PAPER = "no_paper"
    UNWELL = "unwell"
    NO_DOSE = "no_dose"


class Arm(StrEnum):
    """Where the needle went in."""

    LEFT = "left"
    RIGHT = "right"


class Conclusion(StrEnum):
    """What the doctor concludes before the injection. `declined`: the person does not agree to it."""

    CLEARED = "cleared"
    CAUTION = "caution"
    DEFERRED = "deferred"
    REFERRED = "referred"
    CONTRAINDICATED = "contraindicated"
    DECLINED = "declined"


class Compared(StrEnum):
    """One field of two sources side by side. `marks`: the same but for marks. `year`: only the years are known.

    `plain`: the same, as far as a source that writes no marks can say. `letter`: one letter of the name is another.
    `words`: the same words in another order, or one of the middle ones on one side only.
    `day`: the same year, another day or month. `column`: card and personal number agree on the sex, the list does not.
    `old`: the nine digits of the old card agree; `old_short`: but for a zero that the list lost; `old_other`: both say
    old digits, and not the same.
    """

    SAME = "same"
    YEAR = "year"
    PLAIN = "plain"
    MARKS = "marks"
    LETTER = "letter"
    WORDS = "words"
    DAY = "day"
    COLUMN = "column"
    OLD = "old"
    OLD_SHORT = "old_short"
    OLD_OTHER = "old_other"
    DIFFERS = "differs"
    ABSENT = "absent"


class Identified(StrEnum):
    """What two sources of one person add up to. `look`: one slip of a list, and enough beside it that agrees."""

    MATCH = "match"
    LOOK = "look"
    DIFFERS = "differs"


class IdentityState(StrEnum):
    """What is known of who somebody is. `mismatch`: two named people stand for them against what a card said."""

    VERIFIED = "verified"
    NOT_YET = "not_yet"
    MISMATCH = "mismatch"


class IdentityMethod(StrEnum):
    """How a person's identity was confirmed at the table. `override`: by two of the staff, against what a card said."""

    SCAN = "scan"
    SPOKEN = "spoken"
    OVERRIDE = "override"


class MessageState(StrEnum):
    """Where a message stands on its way out. `parked`: it needs a human. `superseded`: taken back before it left."""

    WAITING = "waiting"
    SENDING = "sending"
    ACKNOWLEDGED = "acknowledged"
    PARKED = "parked"
    SUPERSEDED = "superseded"


class DoseKind(StrEnum):
    """What a dose is for: `basic` of its series, `additional` (bổ sung) or `booster` (nhắc lại) after it."""

    BASIC = "basic"
    ADDITIONAL = "additional"
    BOOSTER = "booster"


class EarlierSource(StrEnum):
    """Who says that a dose was given elsewhere."""

    LIST = "list"
    SAID = "said"
    CERTIFICATE = "certificate"
    LATE_ENTRY = "late_entry"


class StockKind(StrEnum):
    """How vaccine moves. `sent` and `came`: to and from another site. `placed`: from one place of the site to another.

    `opened`: a vial is no longer unopened. `extra`: a vial gave more than its label says. `put_right`: nothing moved,
    what had been said of the lot was wrong.
    """

    RECEIVED = "received"
    CAME = "came"
    SENT = "sent"
    PLACED = "placed"
    OPENED = "opened"
    EXTRA = "extra"
    WASTED = "wasted"
    PUT_RIGHT = "put_right"


class FollowUpKind(StrEnum):
    """What is still to be put right about a person. `recovered`: the commune's health station enters their doses."""

    NO_NUMBER = "no_number"
    MISMATCH = "mismatch"
    RECOVERED = "recovered"


class StandbyState(StrEnum):
    """What somebody said who was called for a dose that would be left over. `calling`: nobody has said it yet.

    `here`: nobody called them, they wait at the site for one.
    """

    CALLING = "calling"
    COMING = "coming"
    NO_ANSWER = "no_answer"
    NOT_TODAY = "not_today"
    HERE = "here"


class CertificateState(StrEnum):
    """What the platform said when it was asked for a certificate. `refused`: what it returned must not be printed."""

    ASKED = "asked"
    NONE_YET = "none_yet"
    GIVEN = "given"
    REFUSED = "refused"


class Seen(StrEnum):
    """Did the person see their dose in the app before leaving (Gia Lai 628/CV-BCĐ, point 4)?"""

    YES = "yes"
    NOT_YET = "not_yet"
    NO_PHONE = "no_phone"
    NO_DOSE = "no_dose"


class CodeKind(StrEnum):
    """What kind of code was held to a camera or typed."""

    NATIONAL_CARD = "national_card"
    NATIONAL_QR = "national_qr"
    INSURANCE_CARD = "insurance_card"
    CERTIFICATE = "certificate"
    MRZ = "mrz"
    TICKET = "ticket"
    BADGE = "badge"
    VIAL_LABEL = "vial_label"
    PACK = "pack"
    LINK = "link"
    UNKNOWN = "unknown"


class Confidence(StrEnum):
    """How surely a code was understood. `low`: a form of which no genuine sample is known, or nobody vouches for it."""

    HIGH = "high"
    LOW = "low"


class DocumentKind(StrEnum):
    """What somebody without a code shows. `notice`: the police's paper that says the personal number."""

    NATIONAL = "national"
    NOTICE = "notice"
    OLD_CARD = "old_card"
    PASSPORT = "passport"
    NONE = "none"


class RosterKind(StrEnum):
    """Where a list comes from. `due`: people whose next dose is due. `survey`: entered at the desk from paper forms."""

    FILE = "file"
    DUE = "due"
    SURVEY = "survey"


class RosterState(StrEnum):
    """Where a list stands. `waiting`: its file is there and nobody has begun. `failed`: it cannot be read at all."""

    WAITING = "waiting"
    READING = "reading"
    REVIEW = "review"
    LANDING = "landing"
    LANDED = "landed"
    DROPPED = "dropped"
    FAILED = "failed"


class RowState(StrEnum):
    """What a row of a list is. `same`: we expect exactly that already. `duplicate`: an earlier row says it."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    DUPLICATE = "duplicate"
    WRONG = "wrong"


class Likeness(StrEnum):
    """What speaks for two rows being one person, strongest first (`rules/alike.py`)."""

    DOCUMENT = "document"
    INSURANCE = "insurance"
    ONE_DIGIT = "one_digit"
    SAME_BIRTH = "same_birth"
    DAY_MONTH = "day_month"
    PHONE = "phone"
    SAME_YEAR = "same_year"


class KeptFor(StrEnum):
    """Why one of two rows should be the one that stays."""

    NUMBER = "number"
    MARKS = "marks"
    BIRTH = "birth"
    DOCUMENT = "document"
    CARD = "card"
    EITHER = "either"
