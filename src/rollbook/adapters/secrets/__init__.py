"""Where secrets come from: environment variables, a file, the desktop's keyring, HashiCorp Vault (M5)."""
