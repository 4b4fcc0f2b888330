"""What people see: one blueprint a screen, server-rendered; the gate and the refusals beside them."""
