"""A passkey in software: it answers what a browser would send, and can lie in each point that is checked."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import sha256, websafe_encode
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

from registry.models import User

FLAG = AuthenticatorData.FLAG
PRESENT = FLAG.UP
VERIFIED = FLAG.UP | FLAG.UV


@dataclass
class SoftPasskey:
    """One key pair at one relying party."""

    rp: str = "localhost"
    origin: str = "http://localhost:8000"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: os.urandom(16))

    def registration(self, challenge: bytes = b"0" * 32) -> dict[str, Any]:
        """What `navigator.credentials.create()` gives."""
        public = ES256.from_cryptography_key(self.key.public_key())  # type: ignore[no-untyped-call]  # reason: fido2's
        attested = AttestedCredentialData.create(bytes(16), self.credential_id, public)
        data = AuthenticatorData.create(sha256(self.rp.encode()), VERIFIED | FLAG.AT, 0, attested)
        client = CollectedClientData.create("webauthn.create", challenge, self.origin)
        attestation = AttestationObject.create("none", data, {})
        return self._answer({"clientDataJSON": client, "attestationObject": attestation})

    def assertion(
        self, challenge: bytes, *, flags: int = VERIFIED, origin: str = "", rp: str = ""
    ) -> dict[str, Any]:
        """What `navigator.credentials.get()` gives."""
        data = AuthenticatorData.create(sha256((rp or self.rp).encode()), FLAG(flags), 0)
        client = CollectedClientData.create("webauthn.get", challenge, origin or self.origin)
        signature = self.key.sign(data + client.hash, ec.ECDSA(hashes.SHA256()))
        return self._answer({"clientDataJSON": client, "authenticatorData": data, "signature": signature})

    def belongs_to(self, user: User) -> SoftPasskey:
        """Add it to somebody's account."""
        credential = self.registration()
        Authenticator.objects.create(
            user=user,
            type=Authenticator.Type.WEBAUTHN,
            data={"name": "Soft passkey", "credential": credential},
        )
        return self

    def _answer(self, response: dict[str, bytes]) -> dict[str, Any]:
        name = websafe_encode(self.credential_id)
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "response": {key: websafe_encode(value) for key, value in response.items()},
            "clientExtensionResults": {},
        }
