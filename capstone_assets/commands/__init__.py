"""The subcommands of `capstone`: a module for each group, loaded when it is called."""
