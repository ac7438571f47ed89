"""Progress bars, messages and Ctrl-C."""
