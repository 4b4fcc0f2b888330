# shellcheck shell=bash
# Whose the data are: a partition keeps numbers, and a system that was written anew gives its users others.

# In a folder that no program sees: whoever may write this could make anything his.
OWNERS=secrets/owners

# Our users and groups, a line each: u or g, name, number.  $1 where passwd and group are
numbers() {
    {
        awk -F: '$1 ~ /^kiosk(-|$)/ { print "u", $1, $3 }' "$1/passwd" &&
            awk -F: '$1 ~ /^kiosk(-|$)/ { print "g", $1, $3 }' "$1/group"
    } | LC_ALL=C sort
}

# The lines of a record that can be true; nobody of ours is root.  $1 record
recorded() {
    [ ! -f "$1" ] || [ -L "$1" ] || grep -E '^[ug] kiosk[a-z-]* [1-9][0-9]{2,8}$' "$1" || true
}

# Where the files of a name wait between two numbers: one that Debian and systemd give to nobody.  $1 name
aside() {
    local sum
    sum=$(printf '%s' "$1" | cksum)
    echo $((1900000000 + ${sum%% *} % 200000000))
}

# Gives files other numbers, in one walk that follows no link; says something when there were any.
# $1 folder  $2… "u OLD NEW" or "g OLD NEW"
renumber() {
    local folder=$1 kind old new steps=(-false)
    shift
    while read -r kind old new; do
        [ "$kind" = u ] || new=:$new
        steps+=(',' "-${kind}id" "$old" -printf . -exec chown -h "$new" '{}' +)
    done < <(printf '%s\n' "$@")
    find "$folder" -xdev "${steps[@]}" && sync -f "$folder"
}

# Gives the data to whom they belong by name, where today's numbers are not those of the record. All that is to change goes
# aside, the record becomes today's, all comes back: two that changed places are not mixed up, and wherever the power
# goes, the next run ends it, on this system or on one written anew once more.  $1 folder  $2 where passwd and group are
give_back() {
    local now kind name number away=() back=() moved=''
    [ -f "$1/$OWNERS" ] || return 0
    now=$(numbers "$2")
    while read -r kind name number; do
        # Also those whose name is not here: somebody else may have their number.
        grep -qxF "$kind $name $number" <<<"$now" || away+=("$kind $number $(aside "$name")")
    done < <(recorded "$1/$OWNERS")
    while read -r kind name number; do
        back+=("$kind $(aside "$name") $number")
    done <<<"$now"
    [ "${#away[@]}" -eq 0 ] || moved=$(renumber "$1" "${away[@]}")
    note_owners "$1" "$2"
    moved+=$(renumber "$1" "${back[@]}")
    [ -z "$moved" ] || changed "$1: $(say "chủ của dữ liệu, theo số của hệ thống mới" "whose the data are, by the new system's numbers")"
}

# Writes down who has which number, for the system after this one.  $1 folder  $2 where passwd and group are
note_owners() { numbers "$2" | put "$1/$OWNERS" 600; }
