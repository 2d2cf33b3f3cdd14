import type { Say } from '../say.js';
import type { Language } from './language.js';

/** `API-Schlüssel „Acme CI“` for one, `3 API-Schlüssel` for more. */
function keys(items: readonly { readonly name: string }[], say: Say): string {
  const [only] = items;
  if (items.length === 1 && only !== undefined) return `API-Schlüssel „${say.name(only.name)}“`;
  return say.count(items.length, { other: '# API-Schlüssel' });
}

function verb(items: readonly unknown[], one: string, many: string): string {
  return items.length === 1 ? one : many;
}

const STATE = { rolled_back: 'zurückgenommen', aborted: 'abgebrochen' } as const;
const HOW = {
  by_itself: 'er wird von selbst ersetzt',
  by_claim: 'Sie erhalten einen Link zum neuen Geheimnis',
  by_person: 'jemand muss ihn ersetzen',
} as const;
const WHO = { straggler: 'Nachzügler', intruder: 'Fremder' } as const;
const LEAKED = {
  rotated: 'es wird ersetzt und endet',
  revoked: 'es wird für immer abgelehnt',
  to_do: 'es gilt wie zuvor, bis jemand handelt',
  over: 'es wurde schon abgelehnt oder wird ersetzt',
} as const;
const AT_DEADLINE = {
  hold: 'Nach der Frist werden beide Geheimnisse weiter angenommen, bis jemand entscheidet.',
  extend: 'Die Frist wird verschoben, wenn das alte Geheimnis noch benutzt wird.',
  revoke: 'Mit der Frist wird das alte Geheimnis abgelehnt, wer auch immer es benutzt.',
} as const;

/**
 * German.
 * @public
 */
export const de: Language = {
  notices: {
    due: {
      headline: (items, say) => `${keys(items, say)}: bald gibt es ein neues Geheimnis`,
      paragraphs: () => [
        'Ein neues Geheimnis löst das jetzige ab. Das alte wird noch eine Weile angenommen; wer rechtzeitig wechselt, merkt nichts davon.',
      ],
      detail: ({ dueAtMs, how }, say) => `fällig ${say.time(dueAtMs)}; ${HOW[how]}`,
    },
    not_started: {
      headline: (items, say) => `${keys(items, say)}: die Rotation kann nicht beginnen`,
      paragraphs: () => [
        'Der Zeitplan verlangt sie, und sie wird abgelehnt. Sie wird von selbst neu versucht; bis der Grund behoben ist, wird das Geheimnis älter.',
      ],
      detail: ({ dueAtMs, reason }, say) => `fällig ${say.time(dueAtMs)}: ${say.name(reason)}`,
    },
    started: {
      headline: (items, say) => `${keys(items, say)}: das neue Geheimnis gilt`,
      paragraphs: (items, _say, role) => [
        'Das alte und das neue Geheimnis werden beide angenommen. Bitte wechseln Sie zum neuen.',
        ...(items.some(({ isClaimed }) => isClaimed === true)
          ? [
              role === 'owner'
                ? 'Jemand hat den Link dazu geöffnet. Wenn Sie das nicht waren, öffnen Sie denselben Link noch einmal und sagen Sie es dort: das neue Geheimnis endet.'
                : 'Jemand hat den Link dazu geöffnet. War es nicht, wer es sollte, nehmen Sie die Rotation zurück: das neue Geheimnis endet.',
            ]
          : []),
      ],
      detail: ({ deadlineAtMs }, say) =>
        deadlineAtMs === null ? 'ohne Frist' : `Frist ${say.time(deadlineAtMs)}`,
    },
    claim_link: {
      headline: (items, say) => `Ihr neues Geheimnis: ${keys(items, say)}`,
      paragraphs: (items) => [
        `${verb(items, 'Der Link', 'Jeder Link')} unten zeigt das neue Geheimnis ein einziges Mal, und zwar dem, der ihn zuerst öffnet. Geben Sie diese Mail nicht weiter. Öffnen Sie ihn dort, wo Sie das Geheimnis aufbewahren können; das alte gilt, bis Sie gewechselt haben.`,
        'Wenn Sie diese Mail nicht erwartet haben, öffnen Sie nichts und antworten Sie uns.',
      ],
      detail: ({ closesAtMs }, say) => `der Link gilt bis ${say.time(closesAtMs)}`,
    },
    claim_reminder: {
      headline: (items, say) => `Ihr neues Geheimnis wartet noch: ${keys(items, say)}`,
      paragraphs: () => [
        'Es gibt einen Link für Sie zum neuen Geheimnis; er wurde nicht geöffnet. Wenn Sie ihn nicht haben oder nicht finden, antworten Sie auf diese Mail: Sie erhalten einen neuen Link, und der erste öffnet nichts mehr.',
      ],
      detail: ({ linkedAtMs, closesAtMs }, say) =>
        `Link vom ${say.time(linkedAtMs)}, gilt bis ${say.time(closesAtMs)}`,
    },
    needs_approval: {
      headline: (items, say) => `${keys(items, say)}: eine Freigabe fehlt`,
      paragraphs: () => [
        'Eine Rotation wartet. Wer sie verlangt hat, kann sie nicht freigeben: Das muss jemand anders tun.',
      ],
      detail: ({ askedBy, rotationId }, say) => `verlangt von ${say.name(askedBy)}, ${rotationId}`,
    },
    needs_operator: {
      headline: (items, say) => `${keys(items, say)}: die Rotation braucht einen Menschen`,
      paragraphs: () => ['Von selbst geht sie nicht weiter. Niemandem wurde etwas weggenommen.'],
      detail: ({ rotationId, step, reason }, say) =>
        `${rotationId}, ${say.name(step)}: ${say.name(reason)}`,
    },
    stragglers: {
      headline: (items, say) => `${keys(items, say)}: das alte Geheimnis wird noch benutzt`,
      paragraphs: (items) => [
        ...new Set(items.map(({ atDeadline }) => AT_DEADLINE[atDeadline])),
        'Bitte stellen Sie die unten genannten Programme auf das neue Geheimnis um.',
      ],
      detail: ({ labels, deadlineAtMs }, say) =>
        `${say.list(labels.map(say.name))}; Frist ${say.time(deadlineAtMs)}`,
    },
    done: {
      headline: (items, say) => `${keys(items, say)}: ersetzt`,
      paragraphs: () => ['Das alte Geheimnis wird abgelehnt. Es ist nichts mehr zu tun.'],
      detail: ({ finishedAtMs }, say) => `beendet ${say.time(finishedAtMs)}`,
    },
    failed: {
      headline: (items, say) => `${keys(items, say)}: die Rotation ist gescheitert`,
      paragraphs: () => ['Es gilt das Geheimnis von vorher.'],
      detail: ({ rotationId, state, reason }, say) =>
        `${rotationId}, ${STATE[state]}: ${say.name(reason)}`,
    },
    expiring: {
      headline: (items, say) => `${keys(items, say)} ${verb(items, 'läuft', 'laufen')} bald ab`,
      paragraphs: () => ['Danach wird jede Anfrage damit abgelehnt.'],
      detail: ({ expiresAtMs }, say) => `läuft ab ${say.time(expiresAtMs)}`,
    },
    past_policy: {
      headline: (items, say) =>
        `${keys(items, say)}: das Geheimnis ist älter, als die Regel erlaubt`,
      paragraphs: () => ['Es gilt noch, weil es benutzt wird. Bitte ersetzen Sie es.'],
      detail: ({ policy, sinceAtMs }, say) =>
        `Regel ${say.name(policy)}, seit ${say.time(sinceAtMs)}`,
    },
    unused: {
      headline: (items, say) => `${keys(items, say)}: unbenutzt`,
      paragraphs: () => [
        'Ein Schlüssel, den niemand braucht, kann nur gestohlen werden. Bitte widerrufen oder benutzen Sie ihn. Wer ihn behalten will, kann ihn auch freigeben, selbst wenn er schon gesperrt ist.',
      ],
      detail: ({ lastUsedAtMs, disablesAtMs }, say) => {
        const last =
          lastUsedAtMs === null ? 'nie benutzt' : `zuletzt benutzt ${say.time(lastUsedAtMs)}`;
        return disablesAtMs === null ? last : `${last}; gesperrt ab ${say.time(disablesAtMs)}`;
      },
    },
    new_network: {
      headline: (items, say) => `${keys(items, say)}: aus einem neuen Netz benutzt`,
      paragraphs: () => [
        'Wenn Sie das nicht waren, ist das Geheimnis in fremden Händen: Melden Sie sich sofort.',
      ],
      detail: ({ network, seenAtMs }, say) =>
        `aus ${say.name(network)}, zuerst ${say.time(seenAtMs)}`,
    },
    self_rotation: {
      headline: (items, say) =>
        `${keys(items, say)}: das Geheimnis wurde mit dem Schlüssel selbst ersetzt`,
      paragraphs: (items) => [
        'Wer den Schlüssel hat, hat ein neues Geheimnis verlangt. Wenn Sie das nicht waren, melden Sie sich sofort: Der Schlüssel lässt sich zurückholen.',
        ...(items.some(({ awaitsOwner }) => awaitsOwner)
          ? ['Die Anfrage kam von einer Stelle, die wir nicht kennen, und wartet auf Ihr Wort.']
          : []),
      ],
      detail: ({ rotatedAtMs, network }, say) =>
        `${say.time(rotatedAtMs)}, aus ${say.name(network)}`,
    },
    brownout_announced: {
      headline: (items, say) => `${keys(items, say)}: das alte Geheimnis wird kurz abgelehnt`,
      paragraphs: () => [
        'So zeigt sich, welche Programme es noch benutzen. Sie erhalten den Status 403 mit Retry-After und werden danach wieder angenommen.',
      ],
      detail: ({ startsAtMs, lengthMs, sharePercent }, say) =>
        `${say.time(startsAtMs)}, Dauer ${say.duration(lengthMs)}, ${say.percent(sharePercent)} der Aufrufe`,
    },
    used_after_end: {
      headline: (items, say) => `${keys(items, say)}: ein beendetes Geheimnis wird benutzt`,
      paragraphs: (items) => [
        'Es wird abgelehnt. Ein Programm, das noch nicht gewechselt hat, braucht das neue Geheimnis.',
        ...(items.some(({ who }) => who === 'intruder')
          ? [
              'Auch jemand, auf den niemand gewartet hat, kennt es: Wenn Sie das nicht waren, sagen Sie es uns sofort.',
            ]
          : []),
      ],
      detail: ({ secretNumber, who, label, lastUsedAtMs }, say) =>
        `Geheimnis ${secretNumber}, ${WHO[who]}: ${say.name(label)}, zuletzt ${say.time(lastUsedAtMs)}`,
    },
    leaked: {
      headline: (items, say) => `${keys(items, say)}: ein Geheimnis wurde offen gefunden`,
      paragraphs: (items) => [
        items.some(({ outcome }) => outcome === 'to_do')
          ? 'Wer es gefunden hat, kann es benutzen. Bitte sorgen Sie jetzt dafür, dass es ersetzt und dann beendet wird.'
          : 'Bitte finden Sie heraus, wie es dorthin kam und was noch daneben lag.',
      ],
      detail: ({ secretNumber, outcome, reportedAtMs }, say) =>
        `Geheimnis ${secretNumber}, gemeldet ${say.time(reportedAtMs)}; ${LEAKED[outcome]}`,
    },
    owner_unreachable: {
      headline: (items, say) => `${keys(items, say)}: der Besitzer war nicht zu erreichen`,
      paragraphs: () => [
        'Eine Mail an den Besitzer wird nicht angenommen, seit über einer Stunde oder endgültig. Beheben Sie den Grund und senden Sie sie neu; einen Link zum neuen Geheimnis können Sie auch selbst übergeben: rotation retry macht einen neuen.',
      ],
      detail: ({ untold, reason }, say) => `${untold}: ${say.name(reason)}`,
    },
  },
  digest: {
    headline: (noticeCount, say) =>
      say.count(noticeCount, {
        one: '# Mitteilung zu API-Schlüsseln',
        other: '# Mitteilungen zu API-Schlüsseln',
      }),
    part: (kindName, { keyCount, say }) =>
      `${kindName}: ${say.count(keyCount, { other: '# Schlüssel' })}`,
  },
  kindNames: {
    due: 'Bald fällig',
    not_started: 'Kann nicht beginnen',
    started: 'Begonnen',
    claim_link: 'Link verschickt',
    claim_reminder: 'Link nicht geöffnet',
    needs_approval: 'Freigabe fehlt',
    needs_operator: 'Braucht einen Menschen',
    stragglers: 'Altes Geheimnis noch benutzt',
    done: 'Ersetzt',
    failed: 'Gescheitert',
    expiring: 'Läuft bald ab',
    past_policy: 'Älter als erlaubt',
    unused: 'Unbenutzt',
    new_network: 'Aus einem neuen Netz benutzt',
    self_rotation: 'Vom Schlüssel selbst ersetzt',
    brownout_announced: 'Kurze Ablehnung angekündigt',
    used_after_end: 'Nach dem Ende benutzt',
    leaked: 'Offen gefunden',
    owner_unreachable: 'Besitzer nicht erreicht',
  },
  emergency: (headline) => `Notfall: ${headline}`,
  more: (keyCount, say) =>
    say.count(keyCount, { one: 'und # weiterer Schlüssel', other: 'und # weitere Schlüssel' }),
  footer: (keyspaceName, role) =>
    role === 'owner'
      ? `Sie erhalten diese Mail, weil Ihnen API-Schlüssel von ${keyspaceName} gehören.`
      : `Schlüsselraum ${keyspaceName}.`,
  words: { key: 'Schlüssel', link: 'Das neue Geheimnis öffnen', next: 'Nächster Schritt' },
};
