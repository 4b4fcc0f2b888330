# shellcheck shell=bash
# The answers of a volunteer: KEY=value lines, parsed and never run. Also read on their own computer, so this file keeps
# to what bash 3.2 of a Mac understands.

# Every answer there is; provisioning/answers.example explains each.
KNOWN_ANSWERS="ROLE HOSTNAME SITE_NAME SITE_CODE LANGUAGE MODE LEAD_NAME LEAD_BADGE LEAD_PIN CAMERA PRINTER PAPER_MM
SCANNER UPSTREAM_URL UPSTREAM_TOKEN HUB CODE DATA_DEVICE SCREEN VIDEO PORTABLE RTC_BATTERY WIFI_PASSWORD
TECHNICIAN TECHNICIAN_PASSWORD"
# Not kept once they were used.
SECRET_ANSWERS="LEAD_PIN UPSTREAM_TOKEN CODE WIFI_PASSWORD TECHNICIAN_PASSWORD"

# The name of the shell variable that holds an answer.
answer_name() { printf 'ANSWER_%s' "$1"; }

# The value of an answer, "" where none was given.
answer() {
    local name
    name=$(answer_name "$1")
    printf '%s' "${!name:-}"
}

set_answer() { printf -v "$(answer_name "$1")" '%s' "$2"; }

# What is asked for nothing but to have something.
default_answers() {
    local key
    for key in $KNOWN_ANSWERS; do set_answer "$key" ""; done
    set_answer HOSTNAME diem-tiem
    set_answer LANGUAGE vi
    set_answer MODE real
    set_answer LEAD_BADGE TRUONG1
    set_answer CAMERA /dev/kiosk/camera
    set_answer PRINTER auto
    set_answer PAPER_MM 80
    set_answer DATA_DEVICE none
    set_answer SCREEN yes
    set_answer PORTABLE no
    set_answer RTC_BATTERY none
}

is_known() {
    local key
    for key in $KNOWN_ANSWERS; do [ "$key" != "$1" ] || return 0; done
    return 1
}

is_secret() {
    local key
    for key in $SECRET_ANSWERS; do [ "$key" != "$1" ] || return 0; done
    return 1
}

# Reads a file of answers. Stops at the first line that is none.  $1 file
read_answers() {
    local file=$1 line number=0 key value
    [ -f "$file" ] || stop "Không có tệp $file." "There is no file $file."
    while IFS= read -r line || [ -n "$line" ]; do
        number=$((number + 1))
        [ "$number" -gt 1 ] || line=${line#$'\xef\xbb\xbf'} # Windows' Notepad begins a file so
        line=${line%$'\r'}
        case $line in "" | \#*) continue ;; esac
        key=${line%%=*}
        value=${line#*=}
        if [ "$key" = "$line" ] || [[ ! $key =~ ^[A-Z_]+$ ]] || ! is_known "$key"; then
            stop "$file, dòng $number: '${key:0:40}' không phải mục nào của provisioning/answers.example." \
                "$file, line $number: '${key:0:40}' is no answer of provisioning/answers.example."
        fi
        value=${value#"${value%%[![:space:]]*}"}
        value=${value%"${value##*[![:space:]]}"}
        # Whoever writes quotes round a value, as in a shell, means what is inside.
        [[ ! $value =~ ^\"(.*)\"$ ]] || value=${BASH_REMATCH[1]}
        if [[ $value == *[[:cntrl:]]* ]]; then
            stop "$file, dòng $number: $key có ký tự không in được." "$file, line $number: $key has a sign that cannot be printed."
        fi
        set_answer "$key" "$value"
    done <"$file"
}

# Refuses an answer with its reason.  $1 key  $2 Vietnamese  $3 English
refuse() { stop "$1: $2" "$1: $3"; }

# Stops unless an answer fits a pattern.  $1 key  $2 pattern  $3 Vietnamese  $4 English
fits() { [[ $(answer "$1") =~ $2 ]] || refuse "$1" "$3" "$4"; }

# Stops unless an answer has from $2 to $3 letters.
long_enough() {
    local n
    n=$(letters "$(answer "$1")")
    if [ "$n" -lt "$2" ] || [ "$n" -gt "$3" ]; then
        refuse "$1" "cần từ $2 đến $3 chữ." "needs $2 to $3 letters."
    fi
}

# As kiosk/rules/staff.py: 0000, 1234, 4321 and 1212 are nobody's PIN.
is_trivial_pin() {
    local pin=$1 half=$((${#1} / 2)) up=0123456789 down=9876543210
    [ "$pin" != "${pin:0:half}${pin:0:half}" ] || return 0
    [[ $up != *"$pin"* && $down != *"$pin"* ]] || return 0
    [ -z "${pin//${pin:0:1}/}" ]
}

check_pin() {
    fits LEAD_PIN '^[0-9]{4,8}$' "mã PIN có từ 4 đến 8 chữ số." "a PIN has 4 to 8 digits."
    ! is_trivial_pin "$(answer LEAD_PIN)" ||
        refuse LEAD_PIN "mã PIN này quá dễ đoán." "this PIN is too easy to guess."
}

check_machine() {
    fits ROLE '^(both|hub|kiosk)$' "là both, hub hoặc kiosk." "is both, hub or kiosk."
    # As long as the name of a box in its site.toml, and with "-nhan-vien" as that of a Wi-Fi.
    fits HOSTNAME '^[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?$' "chỉ gồm a-z, 0-9 và dấu -, nhiều nhất 20 ký tự." \
        "has only a-z, 0-9 and -, 20 at most."
    fits LANGUAGE '^(vi|en)$' "là vi hoặc en." "is vi or en."
    fits SCREEN '^(yes|no)$' "là yes hoặc no." "is yes or no."
    fits PORTABLE '^(yes|no)$' "là yes hoặc no." "is yes or no."
    fits RTC_BATTERY '^(none|rechargeable)$' "là none, hoặc rechargeable (pin sạc được)." "is none, or rechargeable."
    fits VIDEO '^(none|[A-Za-z]+(-[A-Za-z]+)?-[0-9]+:[A-Za-z0-9@,=.-]+)?$' \
        "là none, một cổng và kiểu hình như HDMI-A-2:1280x800M@60D, hoặc để trống." \
        "is none, a socket and its mode as HDMI-A-2:1280x800M@60D, or empty."
    fits DATA_DEVICE '^(none|auto|/dev/[A-Za-z0-9/_.-]+|PARTUUID=[A-Fa-f0-9-]+)$' \
        "là none, auto, một tên trong /dev/ hoặc PARTUUID=…." "is none, auto, a name under /dev/ or PARTUUID=…."
    [ -z "$(answer WIFI_PASSWORD)" ] || fits WIFI_PASSWORD '^[ -~]{8,63}$' \
        "mật khẩu Wi-Fi có từ 8 đến 63 chữ không dấu." "a Wi-Fi password has 8 to 63 signs without marks."
    [ -z "$(answer TECHNICIAN)" ] || fits TECHNICIAN '^[a-z][a-z0-9-]{0,30}$' \
        "tên đăng nhập chỉ gồm a-z, 0-9 và dấu -." "a login has only a-z, 0-9 and -."
    [ -z "$(answer TECHNICIAN)" ] || [ -z "$(answer TECHNICIAN_PASSWORD)" ] || long_enough TECHNICIAN_PASSWORD 8 64
}

check_devices() {
    fits PAPER_MM '^(58|80)$' "là 58 hoặc 80." "is 58 or 80."
    fits PRINTER '^(auto|tcp://[^[:space:]]+|(serial:)?/dev/[^[:space:]]+)?$' \
        "là auto, tcp://ĐỊA-CHỈ:9100, /dev/… hoặc để trống." "is auto, tcp://ADDRESS:9100, /dev/… or empty."
    fits SCANNER '^(/dev/[^[:space:]]+)?$' "là một tên trong /dev/ hoặc để trống." "is a name under /dev/ or empty."
}

check_site() {
    long_enough SITE_NAME 1 80
    long_enough SITE_CODE 1 20
    fits MODE '^(real|demo)$' "là real hoặc demo (chỉ để tập)." "is real, or demo (for training only)."
    fits UPSTREAM_URL '^(https?://[^[:space:]]+)?$' "là một địa chỉ https:// hoặc để trống." "is an https:// address or empty."
    if [ "$(answer MODE)" = real ] && [[ $(answer UPSTREAM_URL) == http://* ]]; then
        refuse UPSTREAM_URL "tên và số của người dân chỉ đi qua https." "people's names and numbers leave only over https."
    fi
    long_enough LEAD_NAME 2 60
    fits LEAD_BADGE '^[A-Za-z0-9]{2,12}$' "mã thẻ có từ 2 đến 12 chữ hoặc số." "a badge has 2 to 12 letters or digits."
    check_pin
}

check_joining() {
    fits HUB '^[a-z0-9.-]+$' "là tên hoặc địa chỉ của máy chính, như diem-tiem.local." "is the name or address of the hub, as diem-tiem.local."
    fits CODE '^[A-Za-z0-9]{4}(-[A-Za-z0-9]{4}){3}$' \
        "là mã bốn nhóm bốn ký tự trên phiếu trạng thái của máy chính." "is the code of four groups of four signs on the hub's status slip."
}

# Stops with a sentence unless a new box can be made of the answers.
check_answers() {
    check_machine
    [ "$(answer ROLE)" = hub ] || check_devices
    case $(answer ROLE) in
    kiosk) check_joining ;;
    *) check_site ;;
    esac
}

# Takes out of a file of answers what must not be kept.  $1 file
forget_secrets() {
    local file=$1 pattern draft
    pattern="^($(printf '%s' "$SECRET_ANSWERS" | tr -s ' \n' '||'))[[:space:]]*="
    grep -Eq "$pattern." "$file" || return 0
    if ! { draft=$(mktemp "$file.XXXXXX") && grep -Ev "$pattern" "$file" >"$draft" && cat "$draft" >"$file"; } 2>/dev/null; then
        rm -f "${draft:-}"
        say "Mã PIN vẫn còn trong $file: xin xóa tệp này." "The PIN still stands in $file: please delete this file." >&2
        return 0
    fi
    rm -f "$draft"
    sync
    changed "$file ($(say "không còn mã PIN và mật khẩu" "PIN and passwords taken out"))"
}
