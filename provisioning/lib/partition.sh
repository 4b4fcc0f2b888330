# shellcheck shell=bash
# Finding a place for the data's own file system, and making it; nothing that holds anything is ever formatted.

NAME_OF_DATA=kiosk-data
MIB=1048576
# Half of the system's card, at most 16 GiB: a site's data of years are below one, the rest is spare cells to wear out.
MOST_MIB=16384
LEAST_MIB=2048

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

# The whole disk that a partition is on; nothing when anything else (LVM, LUKS, RAID) is between them.  $1 partition
disk_of() {
    lsblk -nsplo NAME,TYPE "$1" 2>/dev/null | awk 'NR == 1 && $2 == "part" { part = 1 } NR == 2 { disk = $1; kind = $2 }
        END { if (part && NR == 2 && (kind == "disk" || kind == "loop")) print disk }'
}

# Is it a disk, and not a part of one or something laid over several?  $1 device
whole_disk() {
    case $(lsblk -ndo TYPE "$1" 2>/dev/null) in disk | loop) ;; *) return 1 ;; esac
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

# The partitions of a disk, one a line: device, first sector, sectors, kind.  $1 disk
table() {
    sfdisk --dump "$1" 2>/dev/null | sed -n 's/^\([^ ]*\) *: *start= *\([0-9]*\), size= *\([0-9]*\), type=\([^,]*\).*/\1 \2 \3 \4/p'
}

# Has a disk a table that we understand? Not an extended partition, an LVM, nothing.  $1 disk
understood() {
    case $(blkid -c /dev/null -p -s PTTYPE -o value "$1" 2>/dev/null) in
    gpt) ;;
    dos) table "$1" | awk '$4 == "5" || $4 == "f" || $4 == "85" { bad = 1 } END { exit bad }' ;;
    *) return 1 ;;
    esac
}

# Can its table hold one more? An old one holds four.  $1 disk
holds_one_more() {
    [ "$(blkid -c /dev/null -p -s PTTYPE -o value "$1")" = gpt ] || [ "$(table "$1" | wc -l)" -lt 4 ]
}

# A GPT's copy stands where the image ended; it belongs to the disk's end.  $1 disk
whole_table() {
    [ "$(blkid -c /dev/null -p -s PTTYPE -o value "$1")" != gpt ] ||
        sfdisk -q --no-reread --force --relocate gpt-bak-std "$1" >&2 || true
}

# How a disk is laid out, in sectors: SECTOR, the bytes of one; STEP, a card's erase block; LAST, where its partitions end;
# END of what may be used; DATA, where the data begin: counted from the end, so that a card whose system is written anew has
# its old data in the same place.  $1 disk
measure() {
    local total size most
    SECTOR=$(blockdev --getss "$1")
    total=$(($(blockdev --getsize64 "$1") / SECTOR))
    STEP=$((4 * MIB / SECTOR))
    END=$(((total - MIB / SECTOR) / STEP * STEP)) # a GPT's copy
    most=$((MOST_MIB * MIB / SECTOR)) size=$((total / 2 / STEP * STEP))
    [ "$size" -le "$most" ] || size=$most
    DATA=$((END - size))
    LAST=$(table "$1" | awk '{ end = $2 + $3; if (end > most) most = end } END { print most + 0 }')
}

# Where data begin that have no entry in the table any more, in the free space at a disk's end: a line for each file system
# that is called kiosk-data, as first sector and sectors. After measure.  $1 disk  $2 sector to begin at
strays() {
    # Its first block (ext4's copies of it lie at other distances), at each place where a partition of ours may begin.
    perl -e 'my ($disk, $at, $end, $step, $sector, $name) = @ARGV;
        open(my $on, "<:raw", $disk) or die "$disk: $!\n";
        for (; $at < $end; $at += $step) {
            sysseek($on, $at * $sector + 1024, 0) or die "$disk: $!\n";
            sysread($on, my $block, 1024) == 1024 or next;
            my ($blocks, $size, $magic, $group, $label) = unpack("x4 V x16 V x28 v x32 v x28 Z16", $block);
            next if $magic != 0xEF53 || $group || $label ne $name;
            printf("%d %d\n", $at, $blocks * (1024 << ($size & 15)) / $sector);
        }' "$1" $((($2 + STEP - 1) / STEP * STEP)) "$END" "$STEP" "$SECTOR" "$NAME_OF_DATA"
}

# Makes a partition in the free space at a disk's end and prints its device; nothing when there is no room.
# $1 disk  $2 "erase" when old contents of the free space may be written over  $3 the system's partition, if it is there
at_the_end() {
    local disk=$1 start found made old entry
    measure "$disk"
    start=$DATA made=$(starting_at "$disk" "$DATA")
    if [ -n "$made" ]; then # a run before this one was cut short
        printf '%s\n' "$made"
        return 0
    fi
    [ "$start" -ge "$LAST" ] || start=$(((LAST + STEP - 1) / STEP * STEP))
    if [ "$start" -ge "$END" ] || ! understood "$disk" || ! holds_one_more "$disk"; then return 0; fi
    found=$(contents "$disk" $((start * SECTOR)) $(((END - start) * SECTOR)))
    if [ "$found" != ours ]; then
        # From a time when the system, or the card, was of another size: those first.
        mapfile -t old < <(strays "$disk" "$LAST")
        if [ "${#old[@]}" -eq 1 ] && [ $((${old[0]% *} + ${old[0]#* })) -le "$END" ]; then
            start=${old[0]% *} found=ours
        elif [ "${#old[@]}" -gt 0 ]; then
            found="$NAME_OF_DATA (${#old[@]})"
        fi
    fi
    if [ "$found" != ours ]; then
        [ $((END - start)) -ge $((LEAST_MIB * MIB / SECTOR)) ] || return 0
        [ -z "${3:-}" ] || leaves_enough "$disk" "$3" "$start" || return 0
    fi
    case $found:${2:-} in
    ours:* | empty:* | *:erase) ;;
    *)
        say "Khoảng trống cuối $disk còn dữ liệu cũ: $found. Nó được để nguyên. Nếu không cần nữa: data-partition --erase-free" \
            "The free space at the end of $disk still holds something old: $found. It is left alone. If nobody needs it: data-partition --erase-free" >&2
        return 0
        ;;
    esac
    entry="start=$start, size=$((END - start)), type=L"
    # Nothing is written over before the table is known to take it.
    sfdisk -q --append --no-act --no-reread --no-tell-kernel --force --wipe never --wipe-partitions never "$disk" <<<"$entry" >&2 ||
        return 0
    # Before it has a name, so that a run which is cut short leaves an empty partition and not an unknown one.
    [ "$found" = ours ] ||
        dd if=/dev/zero of="$disk" bs="$MIB" count=1 seek=$((start * SECTOR / MIB)) conv=notrunc,fsync status=none
    whole_table "$disk"
    sfdisk -q --append --no-reread --no-tell-kernel --force --wipe never --wipe-partitions never "$disk" <<<"$entry" >&2
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
