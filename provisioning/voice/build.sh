#!/usr/bin/env bash
# Makes the clips of kiosk/static/voice anew, from the list in kiosk/rules/voice.py. Only whoever changes that list, or
# the voice, needs this, once:  sudo apt install espeak-ng sox && provisioning/voice/build.sh
# Ours: eSpeak NG 1.51 (GPL-3.0-or-later, no part of the product: see NOTICE) and SoX 14.4.2; these give the same bytes.
set -eu

cd "$(dirname "$(readlink -f "$0")")/../.."
python=.venv/bin/python
[ -x $python ] || python=python3
for tool in espeak-ng sox; do
    command -v $tool >/dev/null || { echo "$tool is missing:  sudo apt install espeak-ng sox" >&2; exit 1; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Words a minute: espeak-ng's own 175 is too fast for an elder in a hall.
declare -A voice=([vi]=vi [en]=en-gb) pace=([vi]=105 [en]=130)
loudness=-14 # RMS in dB of full scale: every word as loud as its neighbour

rm -rf kiosk/static/voice
$python -c '
from kiosk.rules.voice import CLIPS
for language, clips in CLIPS.items():
    for clip, words in clips.items():
        print(language, clip, words, sep="\t")
' | while IFS=$'\t' read -r language clip words; do
    folder=kiosk/static/voice/$language
    mkdir -p "$folder"
    espeak-ng -v "${voice[$language]}" -s "${pace[$language]}" -a 100 -w "$work/said.wav" -- "$words" </dev/null
    # 16 kHz, mono, 16 bit; no silence at either end, and ends that do not click. Without dither: the same each time.
    sox -D "$work/said.wav" -r 16000 -c 1 -b 16 "$work/cut.wav" gain -4 highpass 90 \
        silence 1 0.005 0.3% reverse silence 1 0.005 0.3% fade 0.02 reverse fade 0.004
    level=$(sox "$work/cut.wav" -n stats 2>&1 | awk '/^RMS lev dB/ { print $NF }')
    more=$(awk -v level="$level" -v loudness=$loudness 'BEGIN { print loudness - level }')
    sox -D "$work/cut.wav" "$folder/$clip.wav" gain -l "$more" gain -1
done
du -sh kiosk/static/voice
