# shellcheck shell=bash
# The code: a folder of its own for each release, and a link that says which one runs.

RELEASES=/opt/kiosk/releases
CURRENT=/opt/kiosk/current
KEPT=2

# What of the source tree an installed box carries.
CARRIED=(kiosk provisioning systemd docs requirements.txt pyproject.toml README.md LICENSE NOTICE)

carried() {
    (cd "$SOURCE" && find "${CARRIED[@]}" \( -name __pycache__ -o -name '.*_cache' \) -prune -o -type f ! -name '*.pyc' -print0 | LC_ALL=C sort -z)
}

# The name of a release: version, what is in it, and the Python that it was compiled for.
release_id() {
    local version content python
    version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$SOURCE/pyproject.toml")
    content=$(cd "$SOURCE" && carried | xargs -0 sha256sum | sha256sum | cut -c -12)
    python=$(python3 -c 'import sys; print("py%d.%d" % sys.version_info[:2])')
    printf '%s-%s-%s' "$version" "$content" "$python"
}

# Makes the release where it is missing. A folder without .complete is one that the power took: it is made anew.
install_release() {
    local id folder
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || stop \
        "Cần Python 3.11 trở lên: Debian 12, Raspberry Pi OS Bookworm hoặc mới hơn." \
        "Python 3.11 or newer is needed: Debian 12, Raspberry Pi OS Bookworm or newer."
    id=$(release_id)
    folder=$RELEASES/$id
    RELEASE=$id
    PYTHON=$folder/.venv/bin/python
    [ ! -e "$folder/.complete" ] || return 0
    say "Cài bản $id …" "Installing release $id …"
    rm -rf "$folder"
    mkdir -p "$folder"
    # With their times: the age of this build is how a box without a clock battery knows that its clock is wrong.
    carried | tar -C "$SOURCE" --null --files-from=- --owner=0 --group=0 --mode='u+rwX,go+rX,go-w' -cf - | tar -C "$folder" -xf -
    python3 -m venv "$folder/.venv"
    install_python_packages "$folder"
    make_importable "$folder"
    "$PYTHON" -m compileall -q "$folder/kiosk"
    (cd / && "$PYTHON" -c 'import kiosk.app, kiosk.cli') || stop "Bản $id không chạy được trên máy này." "Release $id does not run on this machine."
    chmod -R go-w "$folder"
    sync
    : >"$folder/.complete"
    changed "$folder"
}

# pip's own settings (PIP_INDEX_URL, PIP_CERT …) reach it as they are.  $1 release
install_python_packages() {
    local wheels pip=("$PYTHON" -m pip install -q --no-input --disable-pip-version-check --root-user-action=ignore)
    [ -n "${PIP_CACHE_DIR:-}" ] || pip+=(--no-cache-dir)
    for wheels in "$SOURCE/wheels" "$SOURCE/../wheels"; do
        [ -d "$wheels" ] || continue
        "${pip[@]}" --no-index --find-links "$wheels" -r "$1/requirements.txt" && return 0
        say "Trong $wheels còn thiếu, nên tải từ mạng …" "Something is missing in $wheels, so the network is asked …"
        pip+=(--find-links "$wheels")
    done
    "${pip[@]}" -r "$1/requirements.txt" || stop \
        "pip không tải được các gói Python (các dòng trên nói vì sao; thường là chưa có mạng). Bản cũ vẫn chạy: nối mạng rồi chạy lại đúng lệnh này." \
        "pip could not get the Python packages (the lines above say why; often there is no network). What ran before still runs: connect it and run the same command again."
}

# Lets that Python find the programs, and their version, wherever it is started: without a build, which wants the network.
make_importable() {
    local packages version=${RELEASE%%-*}
    packages=$("$PYTHON" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    printf '%s\n' "$1" >"$packages/kiosk.pth"
    mkdir -p "$packages/diem_tiem-$version.dist-info"
    printf 'Metadata-Version: 2.1\nName: diem-tiem\nVersion: %s\n' "$version" >"$packages/diem_tiem-$version.dist-info/METADATA"
}

# From here on the programs are of this release, once they are started anew.
switch_release() {
    point "releases/$RELEASE" "$CURRENT"
}

# Keeps the newest releases, always with the one that runs.
drop_old_releases() {
    local folder n=1
    while IFS= read -r folder; do
        [ "$folder" != "$RELEASES/$RELEASE" ] || continue
        n=$((n + 1))
        [ "$n" -gt "$KEPT" ] || continue
        rm -rf "$folder"
        changed "$(say "bỏ bản cũ" "old release removed:") ${folder##*/}"
    done < <(find "$RELEASES" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %p\n' | sort -rn | cut -d ' ' -f 2-)
}
