"""The program beside a kiosk: it owns the camera and the printer and talks to the hub over HTTP."""
