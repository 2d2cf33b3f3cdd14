import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { queryClient } from '../../api/queries.js';
import type { Key } from '../../api/types.js';
import { keyText as text } from '../../messages/en/key.js';
import { keyActText } from '../../messages/en/keys.js';
import { rotateText } from '../../messages/en/rotate.js';
import { useCan } from '../../session/use-session.js';
import { Button, IconButton } from '../../ui/button.js';
import { Menu, MenuItem, MenuLine } from '../../ui/menu.js';
import { tell } from '../../ui/toasts.js';
import { RotateDialog, type Rotated } from '../act/rotate-dialog.js';
import { type Given, Once } from '../once/once.js';
import { EditDialog } from './edit-dialog.js';
import { DeleteDialog, DisableDialog, EnableDialog, RevokeDialog } from './state-dialogs.js';

type Act = 'rotate' | 'edit' | 'disable' | 'enable' | 'revoke' | 'delete';

/** What may be done with a key, by who is looking at it. */
export function Acts({ keyShown }: { readonly keyShown: Key }) {
  const [act, setAct] = useState<Act>();
  const can = useCan();
  const { state } = keyShown;
  const isEnded = state === 'revoked';
  const mayWrite = can('keys:write');
  return (
    <>
      {can('keys:rotate') && !isEnded && (
        <Button look="main" icon="rotate" onClick={() => setAct('rotate')}>
          {text.rotate}
        </Button>
      )}
      {mayWrite && !isEnded && (
        <Button icon="pencil" onClick={() => setAct('edit')}>
          {text.edit}
        </Button>
      )}
      <More keyShown={keyShown} onAct={setAct} />
      <Rotating keyShown={keyShown} isOpen={act === 'rotate'} onClose={() => setAct(undefined)} />
      {act !== undefined && (
        <Dialogs keyShown={keyShown} act={act} onClose={() => setAct(undefined)} />
      )}
    </>
  );
}

function More({ keyShown, onAct }: { keyShown: Key; onAct: (act: Act) => void }) {
  const can = useCan();
  const { state } = keyShown;
  const mayWrite = can('keys:write');
  const mayRevoke = can('keys:revoke');
  if (!mayWrite && !mayRevoke) return null;
  return (
    <Menu trigger={<IconButton look="plain" icon="more" label={text.more} />}>
      {mayWrite && (state === 'active' || state === 'expired') && (
        <MenuItem icon="pause" onChoose={() => onAct('disable')}>
          {keyActText.disable}
        </MenuItem>
      )}
      {mayWrite && state === 'disabled' && (
        <MenuItem icon="play" onChoose={() => onAct('enable')}>
          {keyActText.enable}
        </MenuItem>
      )}
      {mayRevoke && state !== 'revoked' && (
        <>
          <MenuLine />
          <MenuItem icon="ban" isDanger onChoose={() => onAct('revoke')}>
            {keyActText.revoke}
          </MenuItem>
        </>
      )}
      {mayWrite && state === 'revoked' && (
        <MenuItem icon="close" isDanger onChoose={() => onAct('delete')}>
          {text.delete}
        </MenuItem>
      )}
    </Menu>
  );
}

interface ActProps {
  readonly keyShown: Key;
  readonly onClose: () => void;
}

function Dialogs({ keyShown, act, onClose }: ActProps & { readonly act: Act }) {
  if (act === 'edit') return <EditDialog keyShown={keyShown} onClose={onClose} />;
  if (act === 'disable') return <DisableDialog keyShown={keyShown} onClose={onClose} />;
  if (act === 'enable') return <EnableDialog keyShown={keyShown} onClose={onClose} />;
  if (act === 'revoke') return <RevokeDialog keyShown={keyShown} onClose={onClose} />;
  if (act === 'delete') return <DeleteDialog keyShown={keyShown} onClose={onClose} />;
  return null;
}

/** Rotates, shows what came of it once, and leads to where it can be watched. */
function Rotating({ keyShown, isOpen, onClose }: ActProps & { readonly isOpen: boolean }) {
  const [given, setGiven] = useState<Given & { readonly rotation: string }>();
  const navigate = useNavigate();
  const watch = (id: string) => void navigate({ to: '/rotations/$id', params: { id } });
  const hear = (rotated: Rotated) => {
    if ('plan' in rotated) return;
    tell(rotateText.begun(keyShown.name));
    void queryClient.invalidateQueries();
    const { rotation } = rotated;
    const plaintext = 'plaintext' in rotated ? rotated.plaintext : undefined;
    const claim = 'claim' in rotated ? rotated.claim : undefined;
    if (plaintext === undefined && claim === undefined) watch(rotation.id);
    else setGiven({ plaintext, claim, rotation: rotation.id });
  };
  const letGo = () => {
    const id = given?.rotation;
    setGiven(undefined);
    if (id !== undefined) setTimeout(() => watch(id)); // Once nothing is shown that would be lost.
  };
  return (
    <>
      <RotateDialog keyShown={keyShown} isOpen={isOpen} onClose={onClose} onRotated={hear} />
      <Once given={given} onStored={letGo} />
    </>
  );
}
