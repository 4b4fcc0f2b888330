# shellcheck shell=bash
# Users, groups and folders: declared in sysusers.d and tmpfiles.d, made by systemd's own programs.

# Runs a command that reports nothing, and says what it changed by comparing before and after.  $1 what  $2 state command
reports() {
    local what=$1 look=$2 before after
    shift 2
    before=$($look)
    "$@"
    after=$($look)
    [ "$before" = "$after" ] || changed "$what"
}

# What it says is only worth reading when it fails.
quietly() {
    local said
    said=$("$@" 2>&1) || { printf '%s\n' "$said" >&2 && return 1; }
}

accounts_now() { cat /etc/passwd /etc/group; }

folders_now() {
    find /etc/kiosk /opt/kiosk /var/lib/kiosk -maxdepth 3 -type d -printf '%p %m %u:%g\n' 2>/dev/null | sort || true
}

make_accounts() {
    put /etc/sysusers.d/kiosk.conf 644 <"$SOURCE/provisioning/sysusers.d/kiosk.conf"
    reports "$(say "người dùng và nhóm" "users and groups")" accounts_now \
        quietly systemd-sysusers /etc/sysusers.d/kiosk.conf
    make_technician
}

make_folders() {
    # Before anything gets an owner of today's among them.
    give_back /var/lib/kiosk /etc
    put /etc/tmpfiles.d/kiosk.conf 644 <"$SOURCE/provisioning/tmpfiles.d/kiosk.conf"
    reports "$(say "thư mục" "folders")" folders_now systemd-tmpfiles --create /etc/tmpfiles.d/kiosk.conf
    # Not in tmpfiles.d, which follows no path from one user's folder into another's.
    point ../site.toml /var/lib/kiosk/agent/site.toml
    note_owners /var/lib/kiosk /etc
}

# May this login sign in?  $1 login
has_password() { [ "$(passwd --status "$1" 2>/dev/null | cut -d ' ' -f 2)" = P ]; }

# Somebody who can sign in at the machine itself. Raspberry Pi OS has nobody until one is made.
make_technician() {
    local login
    login=$(answer TECHNICIAN)
    [ -n "$login" ] || return 0
    if ! has_password "$login"; then
        [ -n "$(answer TECHNICIAN_PASSWORD)" ] || return 0
        # Images bring a login of their own, locked; and the power may have gone between the two.
        id "$login" >/dev/null 2>&1 || useradd --create-home --shell /bin/bash "$login"
        usermod --append --groups sudo "$login"
        printf '%s:%s\n' "$login" "$(answer TECHNICIAN_PASSWORD)" | chpasswd
        changed "$(say "người đăng nhập $login" "login $login")"
    fi
    # Else Raspberry Pi OS asks for a user on the screen, and waits.
    [ ! -e /usr/lib/systemd/system/userconfig.service ] || mask userconfig.service
}
