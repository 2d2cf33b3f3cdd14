import type { Printer } from './rhythm.js';

/**
 * A service, its timer, and who hears of a bad end, in one text: a line says where each begins. The
 * service may do as little as that of the server (docs/operate/systemd.md), in the same folder.
 */
export const systemd: Printer = (rhythm) => `\
# /etc/systemd/system/keyturn-rotate-due.service
[Unit]
Description=Rotate the API keys that are due
Wants=network-online.target
After=network-online.target postgresql.service
# A person is needed (4), or the run failed: "systemctl --failed" shows it, and this unit tells people.
OnFailure=keyturn-rotate-due-failed.service

[Service]
# The timer starts none while one runs.
Type=oneshot
User=keyturn
Group=keyturn
# keyturn.config.json, which says what destinations may reach, stands there.
WorkingDirectory=%S/keyturn
Environment=KEYTURN_DATABASE=sqlite:%S/keyturn/keyturn.db
# What is yours: KEYTURN_PUBLIC_URL, KEYTURN_DATABASE with its password, and what keyturn.config.json names with "env", as the seal
# key. Mode 0600, owner root.
EnvironmentFile=-/etc/keyturn/keyturn.env
ExecStart=/usr/bin/env keyturn rotate --due
TimeoutStartSec=15min

# Destinations that are files need a line of their own: ReadWritePaths=/srv/app
StateDirectory=keyturn
StateDirectoryMode=0700
UMask=0077

NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
PrivateUsers=yes
ProtectClock=yes
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProcSubset=pid
RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
# Not MemoryDenyWriteExecute: Node compiles as it runs.
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM

# /etc/systemd/system/keyturn-rotate-due.timer
[Unit]
Description=Rotate the API keys that are due

[Timer]
OnCalendar=${rhythm.calendar}
RandomizedDelaySec=60
# What was missed while the machine was off is run once.
Persistent=true

[Install]
WantedBy=timers.target

# /etc/systemd/system/keyturn-rotate-due-failed.service
[Unit]
Description=Tell that a person is needed for a rotation, or that its run failed

[Service]
Type=oneshot
# Put your mail or your monitoring here. systemd 251 and later say what it ended with.
ExecStart=/usr/bin/logger --priority daemon.crit --tag keyturn "rotate --due ended with \${MONITOR_EXIT_STATUS}: journalctl -u keyturn-rotate-due"
DynamicUser=yes
ProtectSystem=strict
ProtectHome=yes
`;
