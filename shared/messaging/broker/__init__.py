"""The broker's exchanges, queues and users: declared as data, compared with what is there, and looked at."""
