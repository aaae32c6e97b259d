"""The words around a title that are about the file and not about the work, and those that name a version of it."""

import re

_EDGE, _END = r"(?<![^\W_])", r"(?![^\W_])"
BROADCAST = re.compile(
    r"(?i)(?<![^\W_])(?:[hpsa]dtv|dsr|dsrip|tv-?rip|dvb(?:-?rip)?|hdtv-?rip|web-?tv)(?![^\W_])"
)
"""What only a recording of a broadcast says."""
ON_DISC = re.compile(r"(?i)(?<![^\W_])(?:blu-?ray|b[dr]-?rip|remux|uhd|ppv)(?![^\W_])")
"""What a film says rather than an episode that is numbered like `102`."""
JUNK = re.compile(
    _EDGE
    + r"(?i:(?:m|hd|tc|ts|web-?rip)?(?:360|480|540|576|720|1080|1440|2160|4320)[pi]\d{0,2}(?:hd|p?24|p?25)?|\d{3,4} ?[x\xd7*] ?\d{3,4}p?|4k|uhd|ultra-?hd"
    r"|(?:full-?)?(?:bd|br|hd|web|dvd|vhs|tv|sat|dth|ppv|vod|dsr|cam|micro)-?(?:dl)?-?(?:rip|remux|mux)(?:mux|per)?|blu-?ray\w{0,6}|bd(?:25|50|1080p?)|remux"
    r"|web-?(?:dl|cap|hd)(?:rip|mux)?|(?:u?hd|pd|sd|a?hd)tv|ahdtv|dtvrip|hd-?(?:dvd|ts|tc|cam)|dvdivx|dvd(?:[-. ]?(?:r|scr|5|9|full))?|full ?dvd|bdscr|s?vcd"
    r"|dsr|telesync|telecine|screener|dvb|[xh][. ]?26[45](?:-\w+)?|x\.?vid|div[. ]?x(?:\d[.\d]*)?|hevc\d*|avc(?:hd)?|av1|vc-?1|mpe?g-?2"
    r"|(?:8|10|12)-?bits?|\d{2,3}fps|vp9|h26[45]|ppv|hi10p?|aac(?:-?lc|\d(?:\.\d)?)?|e?ac-?3d?(?:\.?\d\.\d)?|dts(?:-?(?:hd|es|x|ma))*(?:\d\.\d)?|dd[p+]?[ .]?\d[. ]\d|ddp\w*"
    r"|true-?hd|(?:dolby|atmos)\w*|flac(?:x?\d[.\d]*)?|hdr(?:10\+?|\d*)|truefrench|vost(?:fr|a)|fastsub|subfrench|readnfo|read\.nfo|nfo-?fix|(?:ntsc|pal)(?=[ .]dvd)"
    r"|ova-?rip|\d{3,5} ?(?:mb|kbps)|\d\.\d+ ?gb|half-?(?:ou|sbs)|h-?(?:sbs|ou)|(?:1080|2160)(?=[ ._]+(?:bd|blu-?ray|web|hevc|[xh]26[45])(?![^\W_]))|vr[. ]?(?:180|360)"
    r")" + _END,
)

LANGUAGE = r"(?i:german|french|italian|spanish|dutch|danish|swedish|norwegian|finnish|polish|czech|hungarian|russian|turkish)"
"""What a release is spoken in, as its name has it between the dots."""
_EDITION_WORDS = (
    r"(?:special )?extended(?: director'?s?)?(?: (?:cut|edition|version))?|director'?s? (?:cut|edition)|international cut|(?:final|assembly|alternative) cut"
    r"|theatrical(?: (?:cut|release|version|edition))?|unrated(?: (?:cut|edition|version))?|uncut(?: version)?|uncensored|redux|open matte|imax(?: edition)?"
    r"|remastered|colorized|criterion(?: (?:collection|edition))?|fan ?edit"
    r"|(?:special|collector'?s|ultimate|limited|deluxe|diamond|signature|platinum|(?:\d\d(?:st|nd|rd|th) )?anniversary) edition|ultimate(?: fan)? collection|edition (?:collector|sp[ée]ciale|longue)"
)
EDITION = re.compile(rf"(?i:(?<!\w)(?:{_EDITION_WORDS})(?!\w))")
EDITION_AT_END = re.compile(
    rf"(?i)[ (\[-]+(?:the )?(?:{_EDITION_WORDS})(?: (?:german|french|english|italian|spanish))?[)\]]?$"
)
BEFORE_YEAR = re.compile(
    rf"[ (\[-]+(?:(?i:(?:the )?(?:{_EDITION_WORDS})(?: (?:german|french|english|italian|spanish))?)|OM|DC|SE|CUSTOM|RECUT|PROPER|REPACK|RERIP|LIMITED|LiMiTED|INTERNAL|iNTERNAL|FESTIVAL|STV|FRENCH|iTALiAN|ITALIAN|iTA|NORDiC|NORDIC|MULTi|MULTI|HINDI|DUAL|SUBBED|DUBBED|V[FO][FQI]|CAM|TS|TC|HQ|(?i:(?:(?:hindi|tamil|telugu|english|german|french|line) )?dubbed|dual audio))[)\]]?$",
)
FLAG = re.compile(
    r"[ .,+&/(\[-]+(?:(?i:proper|repack\d?|rerip|internal|limited|hybrid|(?:ai )?upscaled?|complete(?: (?:series|season|collection))?|stv"
    r"|festival|fhd|retail|batch|3d|dual(?:[ -]audio)?|multi(?:[ -]?(?:audio|subs?|lang))?|(?:(?:line|mic) )?dubbed|subbed|subs?|[em]subs?"
    r"|french|(?:swiss|austrian)?german|english|spanish|dl|ml|hfr|italian|ita|eng|esp|castellano|latino|russian|rus|hindi|tamil|telugu|malayalam|japanese"
    r"|korean|chinese|swedish|norwegian|danish|finnish|dutch|polish|portuguese|nordic|turkish|flemish|pt-br|v[2-4]"
    rf"|{_EDITION_WORDS})|DL|ML|DOKU|XXX|V[FO][FQI]?|REAL|LiNE|LINE|DC|OM|HC|HQ|SDR|SBS|WS|Custom|AMZN|NF|DSNP|HMAX|MAX|ATVP|HULU|iP|PCOK|PMTP"
    r"|NTSC|PAL|CONVERT|DS4K|OAR|FS|[A-Z]{2,5}(?i:subs?|subbed|dub|dubbed)|(?i:line|mic)[ .](?i:audio)|STAN|CR|HBO|iT|WEB|Web|TS|TC|CAM|HDR|DV|R[56]|CD\d?|DVD\d?|BD|PL|HFR)[)\]]?$",
)
"""What may stand between a title and the words about its file."""
LEADING_JUNK = re.compile(rf"(?:[\s._\[(-]*{JUNK.pattern}[\s._\])-]*){{1,4}}")
