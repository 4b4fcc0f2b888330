# shellcheck shell=bash
# What comes from Debian. Only what is missing is asked for, so a box that has everything needs no network.

# The optional ones that this Debian does not have.
NOT_THERE=/etc/kiosk/packages-not-there

# The names for this machine's parts, one a line; an optional one with its question mark.
packages_wanted() {
    local name for_whom
    while read -r name for_whom _; do
        case $for_whom in
        everybody) ;;
        hub) [ "$ROLE" != kiosk ] || continue ;;
        devices) [ "$ROLE" != hub ] || continue ;;
        screen) [ "$SCREEN" = yes ] || continue ;;
        portable) [ "$(answer PORTABLE)" = yes ] || continue ;;
        *) continue ;;
        esac
        printf '%s\n' "$name"
    done < <(grep -v "^#" "$SOURCE/provisioning/packages.txt")
}

# Debian 13 renamed some libraries when their times grew to 64 bits: libzbar0 is libzbar0t64 there.
has_package() {
    local name
    for name in "$1" "$1t64"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" != installed ] || return 0
    done
    return 1
}

install_packages() {
    local name missing=() optional=() absent=()
    while read -r name; do
        has_package "${name%\?}" || case $name in *\?) optional+=("${name%\?}") ;; *) missing+=("$name") ;; esac
    done < <(packages_wanted)
    # What this Debian does not have was looked for once; looking again at every run would need the network.
    [ "${#missing[@]}" -gt 0 ] || [ "${optional[*]}" != "$(cat "$NOT_THERE" 2>/dev/null)" ] || return 0
    say "Cài các gói của Debian: ${missing[*]} …" "Installing Debian's packages: ${missing[*]} …"
    end_what_was_cut_off || stop_without_network
    run_apt update || stop_without_network
    for name in "${optional[@]}"; do
        if [ -n "$(apt-cache madison "$name" 2>/dev/null)" ]; then missing+=("$name"); else absent+=("$name"); fi
    done
    with_services_held run_apt install --no-install-recommends "${missing[@]}" || stop_without_network
    put "$NOT_THERE" 644 <<<"${absent[*]}"
    changed "packages: ${missing[*]}"
}

run_apt() {
    logged apt-get -q -y -o DPkg::Lock::Timeout=300 -o APT::Update::Error-Mode=any \
        -o Acquire::Retries=3 -o Dpkg::Options::=--force-confold "$@"
}

# Where the power went while Debian installed, it installs nothing more before that is ended.
end_what_was_cut_off() {
    [ -n "$(ls -A /var/lib/dpkg/updates 2>/dev/null)" ] || return 0
    with_services_held logged dpkg --force-confold --configure -a
}

# Runs one of Debian's own programs, and says what it said only where it fails.
logged() {
    local log
    log=$(mktemp)
    if DEBIAN_FRONTEND=noninteractive "$@" </dev/null >"$log" 2>&1; then
        rm -f "$log"
        return 0
    fi
    grep -E '^(E|W|Err|dpkg: error)' "$log" | tail -n 5 >&2 || true
    rm -f "$log"
    return 1
}

stop_without_network() {
    stop "apt không cài được (các dòng trên nói vì sao; thường là chưa có mạng). Chưa có gì dở dang: nối mạng rồi chạy lại đúng lệnh này." \
        "apt could not install them (the lines above say why; often there is no network). Nothing is half done: connect it and run the same command again."
}

# A system that was not booted must not start daemons of the packages that it gets.
with_services_held() {
    local policy=/usr/sbin/policy-rc.d state=0
    if running || [ -e "$policy" ]; then
        "$@"
        return
    fi
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    "$@" || state=$?
    rm -f "$policy"
    return "$state"
}
