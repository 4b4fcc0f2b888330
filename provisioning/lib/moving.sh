# shellcheck shell=bash
# What was in the data folder before it had a partition: copied, compared, and only then taken away from below.

# Unfinished as long as this is on the partition: what is below is then the truth, when it is what was being moved. That
# has the same word in it. Of a system that was written anew in between the partition may be all there is.
HALF_MOVED=.moving

# Is there any file (or link) in a folder?
has_files() {
    [ -d "$1" ] && [ -n "$(find "$1" -xdev -path "$1/lost+found" -prune -o ! -type d -print -quit)" ]
}

# Is a program using a folder?
in_use() {
    [ -n "$(find /proc/[0-9]*/fd -lname "$1/*" -print -quit 2>/dev/null)" ]
}

# Makes a partition ready to be mounted on a folder: what the folder holds moves there, and an empty folder stays in
# which nobody can write, so that nothing lands on the system's disk while the partition is away.  $1 partition  $2 folder
move_in() {
    local partition=$1 folder=$2 on
    if mountpoint -q "$folder"; then
        on=$(readlink -f "$(findmnt -nvo SOURCE "$folder")")
        [ "$on" = "$(readlink -f "$partition")" ] || refuse "$folder đang là $on, không phải $partition." "$folder is on $on, not on $partition."
        return 0
    fi
    mkdir -p "$folder"
    (
        inside=$(mktemp -d)
        trap 'umount "$inside" 2>/dev/null || true; rmdir "$inside"' EXIT
        mount -t ext4 -o noatime,nodev,nosuid,noexec "$partition" "$inside"
        if [ -e "$inside/$HALF_MOVED" ]; then
            begun_here "$folder" "$inside" || refuse \
                "Lần chuyển dữ liệu vào $partition chưa xong, và bản gốc không còn trong $folder. Không có gì bị thay đổi. Nếu chỉ còn bản này: gắn $partition, sao lưu, rồi xóa tệp $HALF_MOVED trên đó." \
                "A move to $partition did not end, and what it is of is not in $folder any more. Nothing was changed. If this copy is all there is: mount $partition, save it elsewhere, then delete $HALF_MOVED on it."
            find "$inside" -mindepth 1 -maxdepth 1 ! -name lost+found ! -name "$HALF_MOVED" -exec rm -rf {} +
            rm -rf "${inside:?}/$HALF_MOVED"
        fi
        if has_files "$folder" || ! has_files "$inside"; then
            move_files "$folder" "$inside"
        fi
    )
    clear_below "$folder"
}

# May a move that was cut short begin again? Where nothing is lost by it.  $1 folder  $2 partition's folder
begun_here() {
    [ -n "$(find "$2" -xdev -path "$2/lost+found" -prune -o ! -type d ! -path "$2/$HALF_MOVED" -print -quit)" ] || return 0
    has_files "$1" && [ -s "$2/$HALF_MOVED" ] && cmp -s "$1/$HALF_MOVED" "$2/$HALF_MOVED"
}

# The files of a folder to the partition that is mounted at $2.
move_files() {
    local folder=$1 inside=$2
    if in_use "$folder"; then
        refuse "Có chương trình đang dùng $folder: systemctl stop 'kiosk-*', rồi chạy lại." \
            "A program is using $folder: systemctl stop 'kiosk-*', then run this again."
    fi
    if has_files "$inside" && ! kept "$folder" "$inside"; then
        refuse "Cả $folder và phân vùng đều có dữ liệu khác nhau. Không có gì bị thay đổi; hãy giữ một bên và cất bên kia." \
            "Both $folder and the partition hold data, and they differ. Nothing was changed; put one of them away."
    fi
    if ! has_files "$inside"; then
        : >"$inside/$HALF_MOVED"
        if has_files "$folder"; then
            cat /proc/sys/kernel/random/uuid >"$folder/$HALF_MOVED"
            sync -f "$folder"
            cp "$folder/$HALF_MOVED" "$inside/"
        fi
        sync -f "$inside"
        cp -a "$folder/." "$inside/"
        same "$folder" "$inside" || stop "Bản sao không giống bản gốc; bản gốc còn nguyên." "The copy differs from what it is of, which is whole."
        sync -f "$inside"
        rm "$inside/$HALF_MOVED"
        sync -f "$inside"
        ! has_files "$folder" || changed "$folder: moved to the partition"
    fi
}

# Do two folders hold the same files?
same() {
    diff -rq --no-dereference -x lost+found -x "$HALF_MOVED" "$1" "$2" >/dev/null 2>&1
}

# Is all that a folder holds in the other one too? Taking it away may have been cut short.
kept() {
    local unlike
    unlike=$(LC_ALL=C diff -rq --no-dereference -x lost+found -x "$HALF_MOVED" "$1" "$2" 2>&1 |
        awk -v there="Only in $2" 'index($0, there) != 1' || true)
    [ -z "$unlike" ]
}

# Takes away what is below a mount point; by now all of it is on the partition.  $1 folder
clear_below() {
    lsattr -d "$1" 2>/dev/null | cut -d ' ' -f 1 | grep -q i && return 0
    find "$1" -xdev -mindepth 1 -delete
    # Not every file system can do this; then RequiresMountsFor alone keeps the programs away.
    chattr +i "$1" 2>/dev/null || true
}
