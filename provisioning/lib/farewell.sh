# shellcheck shell=bash
# What the set-up says at its end: what changed, where the site is, what comes next.

# There once the first slip waits for the printer: a set-up that is cut off before it prints it when it is run again.
SLIP_MARK=/etc/kiosk/first-slip

# A first code on paper: whoever holds the slip may make a tablet the reception desk's.
queue_slip() {
    local station
    [ "$ROLE" = both ] && [ ! -e "$SLIP_MARK" ] || return 0
    station=$(own_station)
    [ -n "$station" ] || return 0
    if as_hub print status --station "$station" --pair desk-1 >/dev/null; then
        put "$SLIP_MARK" 644 </dev/null
        return 0
    fi
    say "Phiếu trạng thái chưa in được: sudo kiosk print status --station $station --pair desk-1" \
        "The status slip was not queued: sudo kiosk print status --station $station --pair desk-1" >&2
}

farewell() {
    local n
    queue_slip
    n=$(wc -l <"$CHANGES")
    if [ "$n" -eq 0 ]; then
        say "Không có gì thay đổi: 0 changes." "Nothing changed: 0 changes."
        return 0
    fi
    say "Xong: $n thay đổi." "Done: $n changes."
    if [ "$ROLE" = kiosk ]; then
        say "Máy này phục vụ https://$(answer HUB). Xem máy: sudo kiosk doctor" "This machine works for https://$(answer HUB). Examine it: sudo kiosk doctor"
        return 0
    fi
    say "Địa chỉ cho máy tính bảng: https://$KIOSK_HOSTNAME.local" "The address for tablets: https://$KIOSK_HOSTNAME.local"
    say "Chứng chỉ của điểm tiêm, cài một lần trên mỗi máy tính bảng: http://$KIOSK_HOSTNAME.local/authority" \
        "The site's certificate, installed once on each tablet: http://$KIOSK_HOSTNAME.local/authority"
    if [ "$ROLE" = both ]; then
        say "Tiếp theo: phiếu trạng thái in ra có mã một lần cho bàn tiếp đón; quét mã đó bằng máy tính bảng rồi đăng nhập." \
            "Next: the status slip that comes out carries a code for the reception desk, good once; scan it with a tablet and sign in."
    else
        say "Tiếp theo, mã một lần cho máy tính bảng của bàn tiếp đón: sudo kiosk pair desk-1 --once" \
            "Next, a code for the reception desk's tablet, good once: sudo kiosk pair desk-1 --once"
    fi
    running || say "Hệ thống này chưa chạy: các chương trình bắt đầu khi khởi động." "This system is not running: the programs start with it."
}
