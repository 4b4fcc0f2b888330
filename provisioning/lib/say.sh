# shellcheck shell=bash
# How every part of the set-up speaks, and how it writes: only what differs, whole or not at all.

# A sentence in the operator's language.  $1 Vietnamese  $2 English
say() {
    case "${LANGUAGE_OF_ANSWERS:-${LANG:-}}" in
    vi*) printf '%s\n' "$1" ;;
    *) printf '%s\n' "$2" ;;
    esac
}

# The same on standard error, and the end: nothing more is done.
stop() {
    say "$@" >&2
    exit 1
}

# How many letters a text has, whatever the locale: every byte that does not continue one.
letters() {
    printf '%s' "$1" | LC_ALL=C tr -d '\200-\277' | wc -c | tr -d ' '
}

# One line for each thing that is different from before; the set-up counts them.
changed() {
    printf 'changed: %s\n' "$*" | tee -a "${CHANGES:-/dev/null}"
}

# Writes standard input, a text, to a file when it differs.  $1 path  $2 mode  $3 owner:group
put() {
    local path=$1 mode=$2 owner=${3:-root:root} draft text
    text=$(cat && printf x) # the x keeps line ends that $(…) would drop
    if [ -f "$path" ] && [ ! -L "$path" ] && printf '%s' "${text%x}" | cmp -s - "$path"; then
        own "$path" "$mode" "$owner"
        return 0
    fi
    mkdir -p "$(dirname "$path")"
    draft=$(mktemp "$path.XXXXXX")
    printf '%s' "${text%x}" >"$draft"
    chmod "$mode" "$draft"
    chown "$owner" "$draft"
    sync "$draft" 2>/dev/null || true
    mv -f "$draft" "$path"
    changed "$path"
}

# Gives a path its mode and owner where it has others.  $1 path  $2 mode  $3 owner:group
own() {
    local path=$1 mode=$2 owner=$3
    [ "$(stat -c '%a %U:%G' "$path")" = "$mode $owner" ] && return 0
    chown "$owner" "$path"
    chmod "$mode" "$path"
    changed "$path ($mode $owner)"
}

# Points a link at a target when it points elsewhere.  $1 target  $2 link
point() {
    [ "$(readlink "$2" 2>/dev/null)" = "$1" ] && return 0
    mkdir -p "$(dirname "$2")"
    ln -sfn "$1" "$2.new"
    mv -fT "$2.new" "$2"
    changed "$2"
}

# Is systemd the init of this system now? Not in a chroot, nor in a container that was not booted.
running() {
    [ -d /run/systemd/system ]
}
