"""The kiosk that anybody would write first, as a peer: decodes every picture and calls zxing-cpp on it, plainly.

python -m bench.naive_kiosk http://…/camera.mjpeg
"""

from __future__ import annotations

import sys

import cv2
import zxingcpp


def main() -> None:
    """Runs until it is stopped."""
    cv2.setNumThreads(1)
    camera = cv2.VideoCapture(sys.argv[1])
    while True:
        there, frame = camera.read()
        if not there:
            sys.exit("the camera gives no pictures")
        zxingcpp.read_barcodes(frame)


if __name__ == "__main__":
    main()
