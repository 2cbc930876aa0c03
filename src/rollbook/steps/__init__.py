"""The built-in library: step functions, checks and measures by topic, through ports only.

    code · tests · image          the project: analysed, tested, built
    traffic · routing             servers leave rotation and return to it
    release · health              they change and prove themselves
    checks · fleet · serving      success conditions that are statements: about the project, the servers, the service
    figures                       success conditions that are comparisons: what is measured
    reporting                     people and records
    restoring                     the way back

Every function is pure or idempotent (M19). The words in its decorator are its phrases; its docstring is its reference.
"""
