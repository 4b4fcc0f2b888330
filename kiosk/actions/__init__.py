"""What people do. One function = one thing a person does = one transaction: (by, now, key, …) -> result or Refusal."""
