# shellcheck shell=bash
# Finding a place for the data's own file system, and making it; nothing that holds anything is ever formatted.

NAME_OF_DATA=kiosk-data
MIB=1048576
# Half of the system's card, at most 16 GiB: a site's data of years are below one, the rest is spare cells to wear out.
MOST_MIB=16384
LEAST_MIB=1024

# Ends with the code for "this holds something, so I do not touch it".
refuse() {
    say "$@" >&2
    exit 3
}

# What is on a device: "ours", "empty", or words for it.  $1 device  $2 offset in bytes (0)  $3 bytes (all)
contents() {
    local device=$1 offset=${2:-0} size=${3:-} found code=0 type label
    found=$(blkid -p -o export -O "$offset" ${size:+-S "$size"} "$device" 2>/dev/null) || code=$?
    type=$(sed -n 's/^\(TYPE\|PTTYPE\)=//p' <<<"$found" | head -n 1)
    label=$(sed -n 's/^LABEL=//p' <<<"$found")
    if [ "$type:$label" = "ext4:$NAME_OF_DATA" ]; then
        echo ours
    elif [ -n "$type" ]; then
        echo "$type${label:+ \"$label\"}"
    elif [ "$code" -eq 8 ]; then
        echo "signs of two kinds at once"
    elif [ "$offset" -eq 0 ] && ! cmp -s -n "$MIB" "$device" /dev/zero; then
        echo "data of an unknown kind"
    else
        echo empty
    fi
}

# The partitions that carry the name.  $1 disk to look on, or "" for all
labelled() {
    blkid -c /dev/null -o device -t "LABEL=$NAME_OF_DATA" | while read -r device; do
        { [ -z "$1" ] || [ "$(disk_of "$device")" = "$1" ]; } && printf '%s\n' "$device"
    done || true
}

# The whole disk that a partition is on.  $1 partition
disk_of() {
    local above
    above=$(lsblk -ndo PKNAME "$1" 2>/dev/null | head -n 1)
    [ -z "$above" ] || printf '/dev/%s\n' "$above"
}

# Waits until the kernel shows a partition.  $1 disk  $2 partition
appear() {
    local _
    for _ in $(seq 50); do
        [ -b "$2" ] && return 0
        partx --update "$1" >/dev/null 2>&1 || partx --add "$1" >/dev/null 2>&1 || true
        sleep 0.1
    done
    stop "Máy chưa thấy $2. Khởi động lại rồi chạy lại lệnh này." "The kernel does not show $2 yet. Restart, then run this again."
}

# The partition of a disk that begins at a sector, or nothing.  $1 disk  $2 sector
starting_at() {
    sfdisk --dump "$1" 2>/dev/null | sed -n "s/^\([^ ]*\) *: *start= *$2,.*/\1/p"
}

# Makes a partition in the free space at a disk's end and prints its device; nothing when there is no room.
# $1 disk  $2 "erase" when old contents of the free space may be written over
at_the_end() {
    local disk=$1 sector total last end start size most least found made
    sector=$(blockdev --getss "$disk")
    total=$(($(blockdev --getsize64 "$disk") / sector))
    most=$((MOST_MIB * MIB / sector)) least=$((LEAST_MIB * MIB / sector))
    local step=$((4 * MIB / sector)) spare=$((MIB / sector)) # a card's erase block; a GPT's copy at the end
    last=$(sfdisk --dump "$disk" 2>/dev/null | sed -n 's/.*start= *\([0-9]*\), size= *\([0-9]*\).*/\1 \2/p' |
        awk '{ end = $1 + $2; if (end > most) most = end } END { print most + 0 }')
    end=$(((total - spare) / step * step))
    size=$((total / 2 / step * step))
    [ "$size" -le "$most" ] || size=$most
    # Counted from the end, so that a card whose system is written anew has its old data in the same place.
    start=$((end - size))
    made=$(starting_at "$disk" "$start")
    if [ -n "$made" ]; then # a run before this one was cut short
        printf '%s\n' "$made"
        return 0
    fi
    [ "$start" -ge "$last" ] || start=$(((last + step - 1) / step * step))
    [ $((end - start)) -ge "$least" ] || return 0
    found=$(contents "$disk" $((start * sector)) $(((end - start) * sector)))
    case $found:${2:-} in
    ours:* | empty:* | *:erase) ;;
    *)
        refuse "Khoảng trống cuối $disk còn dữ liệu cũ: $found. Nếu không cần nữa: thêm --erase-free" \
            "The free space at the end of $disk still holds something old: $found. If nobody needs it: add --erase-free"
        ;;
    esac
    # Before it has a name, so that a run which is cut short leaves an empty partition and not an unknown one.
    [ "$found" = ours ] ||
        dd if=/dev/zero of="$disk" bs="$MIB" count=1 seek=$((start * sector / MIB)) conv=notrunc,fsync status=none
    [ "$(blkid -p -s PTTYPE -o value "$disk")" != gpt ] || sfdisk -q --no-reread --force --relocate gpt-bak-std "$disk" >&2 || true
    printf 'start=%s, size=%s, type=L\n' "$start" $((end - start)) |
        sfdisk -q --append --no-reread --no-tell-kernel --force --wipe never --wipe-partitions never "$disk" >&2
    made=$(starting_at "$disk" "$start")
    appear "$disk" "$made"
    [ "$found" = ours ] || [ "$found" = empty ] || wipefs -q -a "$made"
    printf '%s\n' "$made"
}

# One partition over an empty disk; prints its device.  $1 disk
over_all_of() {
    local made
    printf 'label: gpt\ntype=L\n' | sfdisk -q --no-reread --no-tell-kernel --wipe never "$1" >&2
    made=$(sfdisk --dump "$1" | sed -n 's/^\([^ ]*\) *: *start=.*/\1/p')
    appear "$1" "$made"
    printf '%s\n' "$made"
}

# The one empty disk that is plugged in by USB, or nothing.
empty_usb_disk() {
    local path disk all=()
    for path in /sys/block/sd*; do
        [ -e "$path" ] || continue
        disk=/dev/${path##*/}
        case $(readlink -f "$path") in *usb*) ;; *) continue ;; esac
        [ "$(contents "$disk")" != empty ] || all+=("$disk")
    done
    [ "${#all[@]}" -le 1 ] || refuse "Có nhiều ổ USB trống: ${all[*]}. Chọn một bằng --device" \
        "Several USB disks are empty: ${all[*]}. Choose one with --device"
    printf '%s\n' "${all[@]}"
}

# A file system for data that a power cut must not take: everything is laid out now, nothing later.  $1 partition
make_file_system() {
    mkfs.ext4 -q -L "$NAME_OF_DATA" -m 1 -i 65536 -e remount-ro -E lazy_itable_init=0,lazy_journal_init=0 "$1" </dev/null
    changed "$1: ext4 $NAME_OF_DATA"
}
