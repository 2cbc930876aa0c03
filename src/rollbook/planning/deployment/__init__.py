"""Planning a deployment document, alone and together with a template (DESIGN §3 "How the documents meet").

places      the environment's row, its servers, whether it is protected (M1, M2, M23)
variables   the environment's variables become the release's configuration (M3, M5)
checklist   the release checklist as steps: the spine of a document alone
inserting   the same steps put into a template (M20)
readiness   what must be so before a protected environment is touched (M24, M25, M29)
watching    canary stages become watched waves (M13, M32, M37)
"""
