# shellcheck shell=bash
# The programs as systemd runs them, and the parts of the set-up that have a folder of their own.

units_wanted() {
    case $ROLE in
    hub | both)
        printf '%s\n' kiosk-migrate.service kiosk-hub.service kiosk-forwarder.service kiosk-report.timer \
            kiosk-caddy.service kiosk-authority.timer kiosk-clock.path
        ;;
    esac
    printf '%s\n' kiosk-firewall.service
    [ "$ROLE" = hub ] || printf '%s\n' kiosk-agent.service
    [ "$SCREEN" = no ] || printf '%s\n' kiosk-browser.service
}

install_units() {
    local file
    for file in "$SOURCE"/systemd/*.service "$SOURCE"/systemd/*.timer "$SOURCE"/systemd/*.path; do
        [ -f "$file" ] || continue
        put "/etc/systemd/system/${file##*/}" 644 <"$file"
    done
    if [ "$(systemctl --version | awk 'NR == 1 { print int($2) }')" -ge 254 ]; then
        put /etc/systemd/system/kiosk-.service.d/back-off.conf 644 <"$SOURCE/systemd/back-off.conf"
    fi
}

enable_units() {
    local unit
    while read -r unit; do
        [ -f "/etc/systemd/system/$unit" ] || continue
        systemctl is-enabled -q "$unit" 2>/dev/null && continue
        systemctl enable -q "$unit"
        changed "$unit $(say "bật khi khởi động" "starts with the machine")"
    done < <(units_wanted)
}

# Those that are running are of the release before: they are stopped while the database moves on.
stop_programs() {
    running || return 0
    STOPPED=$(systemctl list-units --plain --no-legend --state=active 'kiosk-*.service' 'kiosk-*.timer' 'kiosk-*.path' | awk '{ print $1 }')
    # shellcheck disable=SC2086 # a list of names
    [ -z "$STOPPED" ] || systemctl stop $STOPPED
}

# What ran before runs again when the set-up did not come to its end.
start_stopped() {
    # shellcheck disable=SC2086 # a list of names
    [ -z "${STOPPED:-}" ] || systemctl start --no-block $STOPPED || true
}

start_programs() {
    local unit
    STOPPED=""
    running || return 0
    while read -r unit; do
        [ -f "/etc/systemd/system/$unit" ] || continue
        systemctl start "$unit" || say "$unit không khởi động được: journalctl -u $unit" "$unit does not start: journalctl -u $unit" >&2
    done < <(units_wanted)
}

# Runs one of the parts where it is there: each says what it changed, and nothing otherwise.  $1 path  $2… its own words
part() {
    local path=$SOURCE/provisioning/$1 said state=0
    shift
    [ -x "$path" ] || return 0
    said=$(mktemp)
    KIOSK_HOSTNAME=$KIOSK_HOSTNAME "$path" "$@" >"$said" || state=$?
    cat "$said"
    grep '^changed: ' "$said" >>"$CHANGES" || true
    rm -f "$said"
    # 4: there is no place for it here, and it has said what that means.
    [ "$state" = 0 ] || [ "$state" = 4 ] || stop "provisioning/${path##*/provisioning/} không xong (các dòng trên nói vì sao)." \
        "provisioning/${path##*/provisioning/} did not finish (the lines above say why)."
}

# What was set up: as long as it is the same, nothing is done to the database and nothing is started anew.
state_now() {
    printf '%s\n' "$RELEASE" "$ROLE" "$(sha256sum "$DATA/site.toml" | cut -d ' ' -f 1)" \
        "$(cat /etc/systemd/system/kiosk-*.service /etc/systemd/system/kiosk-*.timer | sha256sum | cut -d ' ' -f 1)"
    # An agent and a browser read their tokens when they begin.
    [ "$ROLE" != kiosk ] || cat "$SECRETS/agent.token" "$SECRETS/screen.token" | sha256sum | cut -d ' ' -f 1
}
