# shellcheck shell=bash
# The machine under the programs: name, clock, watchdog, logs, memory, and whatever must keep its hands off.

# What lies in provisioning/etc/ belongs in /etc at the same place.
put_machine_files() {
    local file
    while IFS= read -r file; do
        case $file in
        chrony/*) [ "$ROLE" != kiosk ] || continue ;;
        # Newer images of Raspberry Pi OS bring their own, which is told the same.
        systemd/zram-generator.conf) ! has_package rpi-swap || continue ;;
        rpi/*) has_package rpi-swap || continue ;;
        esac
        put "/etc/$file" 644 <"$SOURCE/provisioning/etc/$file"
    done < <(cd "$SOURCE/provisioning/etc" && find . -type f | sed 's|^\./||' | LC_ALL=C sort)
}

# An extra Pi takes the time from its hub, so that both write the same one down.
follow_hub_clock() {
    [ "$ROLE" = kiosk ] || return 0
    put /etc/chrony/conf.d/kiosk.conf 644 <<<$'makestep 1 3\nrtcsync'
    [ -z "$(answer HUB)" ] || put /etc/chrony/sources.d/hub.sources 644 <<<"server $(answer HUB) iburst prefer"
}

# Stops a unit for good, also one that a later package would bring.  $1 unit
mask() {
    [ "$(readlink "/etc/systemd/system/$1" 2>/dev/null)" != /dev/null ] || return 0
    point /dev/null "/etc/systemd/system/$1"
    ! running || systemctl stop "$1" 2>/dev/null || true
}

keep_hands_off() {
    local unit
    # Updates of the system are a decision of the technician, never of nine in the morning. docs/decisions/provisioning.md
    for unit in apt-daily.timer apt-daily-upgrade.timer unattended-upgrades.service; do mask "$unit"; done
    # Swap on the card.
    mask dphys-swapfile.service
    [ "$ROLE" != hub ] || return 0
    # They take a receipt printer for an office printer, a scanner for a Braille display.
    for unit in cups.service cups.socket cups.path cups-browsed.service ipp-usb.service brltty.service; do mask "$unit"; done
}

name_machine() {
    put /etc/hostname 644 <<<"$KIOSK_HOSTNAME"
    # One line of ours; every other stays.
    { grep -v '^127\.0\.1\.1[[:space:]]' /etc/hosts 2>/dev/null || true; printf '127.0.1.1\t%s\n' "$KIOSK_HOSTNAME"; } | put /etc/hosts 644
    ! running || [ "$(cat /proc/sys/kernel/hostname)" = "$KIOSK_HOSTNAME" ] || hostname "$KIOSK_HOSTNAME" || true
}

prepare_machine() {
    put /etc/kiosk/role 644 <<<"$ROLE"
    name_machine
    put_machine_files
    follow_hub_clock
    keep_hands_off
    put /usr/local/bin/kiosk 755 <"$SOURCE/provisioning/kiosk"
}

# Takes over what was written, where there is a running system to take it over.
apply_machine() {
    running || return 0
    systemctl daemon-reload
    sysctl -q --system >/dev/null 2>&1 || true
    systemctl try-restart systemd-journald chrony 2>/dev/null || true
    # Sets the hardware watchdog without a restart.
    systemctl daemon-reexec
}
