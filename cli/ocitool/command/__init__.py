"""The commands, one module each, every one with a `command`; `ocitool.command_table` lists them."""
