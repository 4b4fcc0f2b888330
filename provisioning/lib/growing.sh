# shellcheck shell=bash
# The system's own partition grows up to the data: an image that was kept from taking the whole card is nearly full.

# Less than this is not worth a change.
WORTH_MIB=16
# What a system with a screen needs, and room for its updates.
LEAST_SYSTEM_MIB=6144

# The partition that the system is on, or nothing: of an LVM or a RAID we keep our hands off.  $1 where it is mounted
system_partition() {
    local on
    on=$(readlink -f "$(findmnt -nvo SOURCE "$1" | head -n 1)") || return 0
    if [ -b "$on" ] && [ -n "$(disk_of "$on")" ]; then printf '%s\n' "$on"; fi
}

# Where a partition's neighbour begins, and the neighbour: sector and device, or nothing.  $1 disk  $2 first sector
neighbour() {
    table "$1" | awk -v from="$2" '$2 > from && (!at || $2 < at) { at = $2; who = $1 } END { if (at) print at, who }'
}

# Does the system keep enough when the data begin at a sector?  $1 disk  $2 system's partition  $3 sector
leaves_enough() {
    local start size next
    read -r start size < <(table "$1" | awk -v on="$2" '$1 == on { print $2, $3 }')
    next=$(neighbour "$1" "$start")
    [ -n "$next" ] || size=$(($3 - start))
    [ "$size" -ge $((LEAST_SYSTEM_MIB * MIB / SECTOR)) ]
}

# How far the system may grow: up to the data, or to the end where nothing is. Prints a sector, or nothing when somebody
# else's partition comes next.  $1 disk  $2 its first sector
limit() {
    local next stray old=empty
    next=$(neighbour "$1" "$2")
    if [ -n "$next" ]; then
        # One that has no file system yet is what a run before this one had begun.
        [ "${next%% *}" != "$DATA" ] && [ "$(contents "${next#* }")" != ours ] || printf '%s\n' "${next%% *}"
        return 0
    fi
    stray=$(strays "$1" "$LAST" | awk 'NR == 1 { print $1 }')
    if [ -n "$stray" ] && [ "$stray" -lt "$DATA" ]; then
        printf '%s\n' "$stray"
        return 0
    fi
    # Old data without an entry in the table, or what is of an unknown kind: not over it.
    [ "$LAST" -gt "$DATA" ] || old=$(contents "$1" $((DATA * SECTOR)) $(((END - DATA) * SECTOR)))
    if [ "$old" != empty ]; then printf '%s\n' "$DATA"; else printf '%s\n' "${stray:-$END}"; fi
}

# Grows the system's partition and its file system while it is in use; never makes anything smaller.  $1 partition
grow_system() {
    local on=$1 disk start size known end
    disk=$(disk_of "$on")
    if [ -z "$disk" ] || ! understood "$disk" || [ "$(blkid -c /dev/null -p -s TYPE -o value "$on")" != ext4 ]; then return 0; fi
    measure "$disk"
    read -r start size < <(table "$disk" | awk -v on="$on" '$1 == on { print $2, $3 }')
    known=$(($(blockdev --getsize64 "$on") / SECTOR)) # the kernel may not have been told yet
    [ "$known" -ge "$size" ] || size=$known
    end=$(limit "$disk" "$start")
    [ -n "$end" ] || return 0
    if [ $((end - start - size)) -ge $((WORTH_MIB * MIB / SECTOR)) ]; then
        grow_entry "$disk" "$on" $((end - start)) || { cannot_grow "$on" && return 0; }
    fi
    grow_file_system "$on" || cannot_grow "$on"
}

# The entry in the table, and what the kernel knows of it.  $1 disk  $2 partition  $3 sectors
grow_entry() {
    local number
    number=$(cat "/sys/class/block/${2##*/}/partition") || return 1
    whole_table "$1"
    printf ', %s\n' "$3" | sfdisk -q -N "$number" --no-reread --no-tell-kernel --force --wipe never --wipe-partitions never "$1" >&2 ||
        return 1
    partx --update --nr "$number" "$1" >&2 || return 1
    changed "$2: $(($3 * SECTOR / MIB)) MiB"
}

# A run that was cut short may have left it smaller than its partition.  $1 partition
grow_file_system() {
    local has room
    has=$(LC_ALL=C dumpe2fs -h "$1" 2>/dev/null | awk -F: '/^Block count/ { n = $2 } /^Block size/ { s = $2 } END { print n * s }') || return 1
    room=$(blockdev --getsize64 "$1") || return 1
    [ $((room - has)) -ge $((WORTH_MIB * MIB)) ] || return 0
    resize2fs "$1" >/dev/null 2>&1 || return 1
    changed "$1: ext4 $((room / MIB)) MiB"
}

cannot_grow() {
    say "Không nới được phân vùng hệ thống $1: khởi động lại rồi chạy lại lệnh này." \
        "The system's partition $1 could not grow: restart, then run this again." >&2
}
