"""Remote calls on nameko's wire protocol, with deadlines and with nothing taken on trust: both ends."""
