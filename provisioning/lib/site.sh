# shellcheck shell=bash
# shellcheck disable=SC2034 # setup and its other parts use what is set here
# The site's own: settings, keys, database, first site lead, and this machine's own devices.

DATA=/var/lib/kiosk
SECRETS=$DATA/secrets

# A text as TOML writes it.
quoted() {
    local text=$1
    text=${text//\\/\\\\}
    printf '"%s"' "${text//\"/\\\"}"
}

# One of the tables below.  $1 code  $2 kind  $3 Vietnamese name  $4 English name
station() {
    printf '\n[[stations]]\ncode = "%s"\nkind = "%s"\nname = { vi = "%s", en = "%s" }\n' "$@"
    [ "$2" = kiosk ] || printf 'prints_at = "kiosk-1"\n'
}

# What a machine with camera and printer has plugged in.
devices_toml() {
    printf '\n[camera]\nsource = %s\n' "$(quoted "$(answer CAMERA)")"
    printf '\n[printer]\ntarget = %s\npaper_mm = %s\n' "$(quoted "$(answer PRINTER)")" "$(answer PAPER_MM)"
    printf '\n[scanner]\ndevice = %s\n' "$(quoted "$(answer SCANNER)")"
}

# The settings of a hub, with one station of each kind.
hub_toml() {
    local guests='# address = "http://10.42.1.1"            # phones of a guest network of its own; see provisioning/site.example.toml'
    [ "$(answer PORTABLE)" != yes ] || guests='address = "http://10.42.1.1"              # phones in the guest network'
    cat <<TOML
# Made by provisioning/setup from the answers; never overwritten. Every setting is explained in
# /opt/kiosk/current/provisioning/site.example.toml. After a change:  sudo /opt/kiosk/current/provisioning/setup
[site]
name = $(quoted "$(answer SITE_NAME)")
code = $(quoted "$(answer SITE_CODE)")
mode = "$(answer MODE)"
language = "$(answer LANGUAGE)"

[hub]
listen = "127.0.0.1:8080"
staff_address = "https://$KIOSK_HOSTNAME.local"
$guests
trusted_only = true

[upstream]
url = $(quoted "$(answer UPSTREAM_URL)")
$([ -n "$(answer UPSTREAM_TOKEN)" ] || printf '# ')token_file = "upstream.token"         # the key lies in $SECRETS
TOML
    [ "$ROLE" = hub ] || devices_toml
    station kiosk-1 kiosk "Máy lấy số 1" "Kiosk 1"
    station desk-1 desk "Bàn tiếp đón" "Reception desk"
    station screening-1 screening "Bàn khám 1" "Screening 1"
    station injection-1 injection "Bàn tiêm 1" "Injection 1"
    station observation-1 observation "Phòng theo dõi" "Observation room"
    station finish-1 finish "Bàn hoàn tất" "Finish desk"
}

# The settings of an extra Pi: whom it works for, and what is plugged into it. The site's name and code are its hub's.
kiosk_toml() {
    cat <<TOML
# Made by provisioning/setup from the answers; never overwritten. This Pi works for the hub named below.
[site]
name = "$KIOSK_HOSTNAME"
code = "$KIOSK_HOSTNAME"
box = "$KIOSK_HOSTNAME"
language = "$(answer LANGUAGE)"

[agent]
hub = "https://$(answer HUB)"
ca_file = "$DATA/authority/root.crt"
TOML
    devices_toml
}

# Writes site.toml where there is none, after our own reader of it has found it good.
make_settings() {
    local draft
    [ ! -s "$DATA/site.toml" ] || return 0
    draft=$(mktemp -d)
    if [ "$ROLE" = kiosk ]; then kiosk_toml; else hub_toml; fi >"$draft/site.toml"
    "$PYTHON" -c 'import sys; from pathlib import Path; from kiosk import config; config.load(Path(sys.argv[1]))' "$draft" ||
        stop "Các câu trả lời không thành site.toml dùng được (dòng trên nói vì sao)." "The answers make no site.toml that can be used (the line above says why)."
    put "$DATA/site.toml" 640 root:kiosk <"$draft/site.toml"
    rm -rf "$draft"
}

# Keys that the box makes for itself, once.
make_secrets() {
    [ -s "$SECRETS/secret.key" ] || openssl rand -hex 32 | put "$SECRETS/secret.key" 640 root:kiosk-data
    if [ -n "$(answer UPSTREAM_TOKEN)" ] && [ ! -s "$SECRETS/upstream.token" ]; then
        printf '%s' "$(answer UPSTREAM_TOKEN)" | put "$SECRETS/upstream.token" 600
    fi
    # systemd hands over every one of them, so each is there; empty is none.
    local name
    for name in upstream.token agent.token screen.token; do
        [ -e "$SECRETS/$name" ] || put "$SECRETS/$name" 600 </dev/null
    done
}

# A command of the new release as the user of the data; the release that the link names may still be the old one.
as_hub() {
    (cd / && umask 007 && CREDENTIALS_DIRECTORY=$SECRETS PYTHONDONTWRITEBYTECODE=1 HOME=$DATA \
        setpriv --reuid=kiosk-hub --regid=kiosk-hub --init-groups -- "$PYTHON" -m kiosk --folder "$DATA" "$@")
}

# Pairs one of this machine's own devices.  $1 secret  $2 station
pair_own() {
    local token
    [ ! -s "$SECRETS/$1" ] || return 0
    token=$(as_hub pair "$2")
    printf '%s' "$token" | put "$SECRETS/$1" 600
}

# The first station of the kind kiosk: it is this machine's own.
own_station() {
    "$PYTHON" -c 'import sys; from pathlib import Path; from kiosk import config
print(next((s.code for s in config.load(Path(sys.argv[1])).stations if s.kind == "kiosk"), ""))' "$DATA"
}

# The database, the first site lead, this machine's own agent and screen.
set_up_hub() {
    local station
    as_hub migrate >/dev/null
    changed "$(say "cơ sở dữ liệu và các bàn" "database and stations")"
    if [ -z "$(as_hub staff list)" ]; then
        KIOSK_PIN=$(answer LEAD_PIN) as_hub staff add --name "$(answer LEAD_NAME)" --role site_lead --badge "$(answer LEAD_BADGE)" >/dev/null
        changed "$(say "trưởng điểm tiêm: thẻ" "site lead: badge") $(answer LEAD_BADGE)"
    fi
    [ "$ROLE" = both ] || return 0
    station=$(own_station)
    [ -n "$station" ] || return 0
    pair_own agent.token "$station"
    pair_own screen.token "$station"
}

# An extra Pi shows its hub the code of the slip, once, and takes over which station it serves.
join_hub() {
    local by=$SECRETS/joined.by code
    code=$(answer CODE | sha256sum | cut -d ' ' -f 1)
    if [ -s "$SECRETS/agent.token" ]; then
        STATION=$(cat "$SECRETS/station" 2>/dev/null || true)
        # Another code than the one it joined by: its trust was taken back, or it gets another station.
        if [ -z "$(answer CODE)" ] || [ "$code" = "$(cat "$by" 2>/dev/null)" ]; then return 0; fi
        put "$SECRETS/agent.token" 600 </dev/null
    fi
    put "$by" 600 <<<"$code"
    # The code goes in by standard input: no list of processes shows it. All goes straight to its place, the agent's token
    # last: cut off anywhere, the same command is the same joining, or has nothing left to do.
    STATION=$(answer CODE | "$PYTHON" -m kiosk --folder "$DATA" join "$(answer HUB)" - --name "$KIOSK_HOSTNAME" \
        --token-to "$SECRETS/agent.token" --screen-to "$SECRETS/screen.token" --station-to "$SECRETS/station" \
        --authority-to "$DATA/authority/root.crt") || {
        stop "Máy này chưa vào được máy chính $(answer HUB) (dòng trên nói vì sao). Mã cũ không dùng được thì in mã mới trên trang /devices, rồi chạy lại." \
            "This machine did not join the hub $(answer HUB) (the line above says why). If the code is worth nothing any more, print a new one on its page /devices; then run this again."
    }
    changed "$(say "máy này thuộc máy chính" "joined the hub") $(answer HUB)"
}
