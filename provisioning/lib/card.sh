# shellcheck shell=bash
# What prepare-card puts on a card's boot partition. For bash 3.2 and the tools of a Mac.

# The line by which a file of ours is known.
OUR_MARK="# Điểm Tiêm: the first start"

require_card() {
    if [ ! -f "$BOOT/cmdline.txt" ] && [ ! -f "$BOOT/user-data" ]; then
        stop "$BOOT không phải phân vùng khởi động của thẻ: cần có cmdline.txt hoặc user-data." \
            "$BOOT is no card's boot partition: cmdline.txt or user-data should be there."
    fi
    # Only an image with cloud-init reads user-data; older ones would start and do nothing.
    [ -f "$BOOT/user-data" ] || [ -f "$BOOT/meta-data" ] || [ -f "$BOOT/network-config" ] || stop \
        "Ảnh hệ thống này không có cloud-init (Raspberry Pi OS trước bản Trixie). Khởi động máy như thường rồi chạy provisioning/setup trên đó." \
        "This image has no cloud-init (Raspberry Pi OS before Trixie). Start it as usual, and run provisioning/setup there."
}

# Asks for one answer, with what it is now as the proposal.  $1 key  $2 Vietnamese  $3 English
ask() {
    local value proposal
    proposal=$(answer "$1")
    printf '%s%s: ' "$(say "$2" "$3")" "${proposal:+ [$proposal]}" >&2
    IFS= read -r value || stop "Chưa trả lời hết." "The answers end here."
    set_answer "$1" "${value:-$proposal}"
}

# The same without showing it.
ask_secret() {
    local value
    printf '%s: ' "$(say "$2" "$3")" >&2
    IFS= read -r -s value || stop "Chưa trả lời hết." "The answers end here."
    printf '\n' >&2
    set_answer "$1" "$value"
}

ask_answers() {
    ask LANGUAGE "Ngôn ngữ / language (vi, en)" "Ngôn ngữ / language (vi, en)"
    # shellcheck disable=SC2034 # say.sh uses it
    LANGUAGE_OF_ANSWERS=$(answer LANGUAGE)
    set_answer ROLE both
    ask ROLE "Máy này là (both, hub, kiosk)" "This machine is (both, hub, kiosk)"
    if [ "$(answer ROLE)" = kiosk ]; then
        set_answer HOSTNAME kiosk-2
        set_answer HUB diem-tiem.local
        ask HOSTNAME "Tên máy" "Its name"
        ask HUB "Tên máy chính" "Name of its hub"
        ask CODE "Mã một lần trên phiếu trạng thái của máy chính" "One-time code on the hub's status slip"
    else
        ask SITE_NAME "Tên điểm tiêm" "Name of the site"
        ask SITE_CODE "Mã điểm tiêm" "Code of the site"
        ask LEAD_NAME "Họ tên trưởng điểm tiêm" "Full name of the site lead"
        ask_secret LEAD_PIN "Mã PIN của trưởng điểm tiêm (4 đến 8 chữ số)" "PIN of the site lead (4 to 8 digits)"
        set_answer DATA_DEVICE auto
        ask DATA_DEVICE "Dữ liệu ở phân vùng riêng: auto (cuối thẻ này, hoặc ổ USB trống) hay none" \
            "Data on a partition of their own: auto (this card's end, or an empty USB disk) or none"
    fi
    if ! has_login; then
        set_answer TECHNICIAN kythuat
        ask TECHNICIAN "Tên đăng nhập của kỹ thuật viên tại máy" "Technician's login at the machine"
        ask_secret TECHNICIAN_PASSWORD "Mật khẩu của kỹ thuật viên (từ 8 chữ)" "The technician's password (8 letters or more)"
    fi
}

# Did Imager already note who may sign in?
has_login() {
    local file
    for file in "$BOOT/user-data" "$BOOT/kiosk/user-data.before"; do
        [ ! -f "$file" ] || ! grep -Eq '^(users?|ssh_pwauth|chpasswd):' "$file" || return 0
    done
    return 1
}

# Raspberry Pi OS has nobody who may sign in; nobody could then help the box.
require_login() {
    ! has_login || return 0
    [ -z "$(answer TECHNICIAN)" ] || [ -z "$(answer TECHNICIAN_PASSWORD)" ] || return 0
    stop "Cần TECHNICIAN và TECHNICIAN_PASSWORD: nếu không, không ai đăng nhập được tại máy." \
        "TECHNICIAN and TECHNICIAN_PASSWORD are needed: else nobody can sign in at the machine."
}

write_answers() {
    local key
    mkdir -p "$BOOT/kiosk"
    for key in $KNOWN_ANSWERS; do
        printf '%s=%s\n' "$key" "$(answer "$key")"
    done >"$BOOT/kiosk/answers"
}

# The program as it lies here, without what only development needs.
write_archive() {
    local staging
    staging=$(mktemp -d)
    mkdir "$staging/tree"
    (cd "$SOURCE" && tar -cf - --exclude '__pycache__' --exclude '.*_cache' --exclude '*.pyc' \
        kiosk provisioning systemd docs requirements.txt pyproject.toml README.md LICENSE NOTICE) | tar -xf - -C "$staging/tree"
    [ -z "$WHEELS" ] || cp -R "$WHEELS" "$staging/tree/wheels"
    # A Mac's own notes would be files of the program.
    COPYFILE_DISABLE=1 tar -czf "$staging/kiosk.tar.gz" -C "$staging/tree" .
    cp "$staging/kiosk.tar.gz" "$BOOT/kiosk/kiosk.tar.gz"
    rm -rf "$staging" "$BOOT/kiosk/kiosk.done.tar.gz"
}

# Ours, with what Imager wrote as its first part: Wi-Fi, keyboard, login, ssh.
write_user_data() {
    local before=$BOOT/kiosk/user-data.before file=$BOOT/user-data id
    [ ! -f "$file" ] || grep -qF "$OUR_MARK" "$file" || cp "$file" "$before"
    {
        sed -n '1,/^- type:/p' "$SOURCE/provisioning/user-data" | sed '$d'
        if [ -f "$before" ] && grep -Eqv '^[[:space:]]*(#|$)' "$before"; then
            printf -- '- type: text/cloud-config\n  content: |\n'
            tr -d '\r' <"$before" | sed 's/^/    /'
            printf '\n'
        fi
        # After Imager's part, whose words it goes before.
        ! wants_room || printf -- '- type: text/cloud-config\n  content: |\n    growpart: {mode: "off"}\n    resize_rootfs: false\n'
        sed -n '/^- type:/,$p' "$SOURCE/provisioning/user-data"
    } >"$file.new"
    mv -f "$file.new" "$file"
    # Another name than before, so that a card which has been started already begins anew.
    id=kiosk-$(date +%s)
    printf 'dsmode: local\ninstance-id: %s\n' "$id" >"$BOOT/meta-data"
    rename_on_line "$BOOT/cmdline.txt" "$id"
    rename_on_line "$BOOT/kiosk/cmdline.txt.before" "$id"
}

# Imager 2 puts a name on the kernel's line too, and cloud-init believes that one: ours goes in its place, and nothing else
# of the line changes. By bash alone, because a Mac's sed adds a line's end.  $1 file  $2 name
rename_on_line() {
    local text value='[^[:space:];"'\'']*'
    # The last of several, as cloud-init reads them.
    local word='["'\'']?ds=["'\'']?nocloud(-net)?;([^[:space:]]*;)?(i|instance-id)=["'\'']?'
    [ -f "$1" ] || return 0
    text=$(cat "$1" && printf x) # the x keeps line ends that $(…) would drop
    text=${text%x}
    [[ $text =~ ^((.*[[:space:]])?$word)$value(.*)$ ]] || return 0
    printf '%s%s%s' "${BASH_REMATCH[1]}" "$2" "${BASH_REMATCH[6]}" >"$1.new"
    mv -f "$1.new" "$1"
}

# Is the card's end to be kept free for the data? provisioning/data-partition makes their partition there, and then lets
# the system grow up to it.
wants_room() { [ "$(answer DATA_DEVICE)" = auto ]; }

# The kernel's line without the words by which Raspberry Pi OS takes the whole card at its first start: until Bookworm a
# program in place of init, from Trixie on a word for the initramfs. Nothing else of it changes.
without_growing() {
    local first='init=/usr/lib/raspberrypi-sys-mods/firstboot'
    sed -e "s|^$first ||; s| $first\([[:space:]]\)|\1|; s| $first\$||" \
        -e 's|^resize ||; s| resize\([[:space:]]\)|\1|; s| resize$||' "$1"
}

# Keeps the image from growing over the card, or lets it again where somebody has thought better of it.
leave_room() {
    local line=$BOOT/cmdline.txt before=$BOOT/kiosk/cmdline.txt.before
    [ -f "$line" ] || return 0
    if wants_room; then
        without_growing "$line" >"$line.new"
        if cmp -s "$line" "$line.new"; then
            rm -f "$line.new"
        else
            cp "$line" "$before"
            mv -f "$line.new" "$line"
        fi
    elif [ -f "$before" ] && without_growing "$before" | cmp -s - "$line"; then
        mv -f "$before" "$line"
    fi
}
