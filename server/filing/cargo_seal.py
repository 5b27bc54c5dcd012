"""Signs cargos so that anybody can check them: PAdES-B by the server's own key, or by the entity's certificate.

The server's certificate only carries its public key in the form that PDF readers know. It is made of the key and of the
entity's name alone, so whoever loses the file makes the same one again.
"""

from __future__ import annotations

import hashlib
import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from domain.clock import in_lima
from server.config import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.x509 import Certificate

    from domain.clock import Micros
    from domain.office import Office
    from server.config import CargoConfig
    from server.keys import Keys

CERTIFICATE = "cargo.crt"
"""Beside the keys: the server's own certificate, for whoever wants PDF readers to know it."""
FIELD = "Cargo"
_SINCE, _UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
_LONGEST_NAME = 64  # RFC 5280, appendix A.1
_SMALLEST_RSA = 2048

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Signature:
    """A key that signs, and its certificate with those above it. ``name`` is whose it is, for people."""

    name: str
    certificate: Certificate
    private_key: Any = field(repr=False)
    above: tuple[Certificate, ...] = ()

    @property
    def key_bytes(self) -> bytes:
        """The public key by which what it signed is known again."""
        return key_bytes(self.certificate)

    def holds(self, at: datetime) -> bool:
        """Whether its certificate is valid then."""
        return self.certificate.not_valid_before_utc <= at <= self.certificate.not_valid_after_utc


def key_bytes(certificate: Certificate) -> bytes:
    """A certificate's public key, as DER."""
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


class CargoSeal:
    """Signs with the entity's certificate while it is valid, else with the server's own."""

    def __init__(self, own: Signature, entity: Signature | None = None) -> None:
        self.own = own
        self.entity = entity

    @property
    def signing(self) -> frozenset[bytes]:
        """The public keys (DER) that sign now; a database remembers them with those that did."""
        return frozenset(one.key_bytes for one in (self.own, self.entity) if one is not None)

    def at(self, now: Micros) -> Signature:
        """Who signs at that time: an office does not close because a certificate has run out."""
        if self.entity is None:
            return self.own
        if self.entity.holds(in_lima(now)):
            return self.entity
        _log.error("cargo.certificate_expired until=%s", self.entity.certificate.not_valid_after_utc.date())
        return self.own

    @staticmethod
    def signed(pdf: bytes, signature: Signature, *, dated: Micros, reason: str) -> bytes:
        """The PDF with its signature, and with no word that may be added to it; the same bytes for the same ones.

        It is ``dated`` by the last thing that it tells, or by the certificate's first moment if that is later: what
        proves when a cargo was drawn again is nobody's concern.
        """
        moment = max(in_lima(dated), signature.certificate.not_valid_before_utc).replace(microsecond=0)
        known = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        known.register_multiple([_asn1(one) for one in signature.above])
        private = asn1_keys.PrivateKeyInfo.load(
            signature.private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        )
        signer = SimpleSigner(_asn1(signature.certificate), private, known)
        words = PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm="sha512" if isinstance(signature.private_key, Ed25519PrivateKey) else "sha256",  # RFC 8419
            subfilter=SigSeedSubFilter.PADES,
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
            reason=reason,
            name=signature.name,
        )
        with ThreadPoolExecutor(1) as apart:  # pyHanko runs a loop of its own, which a thread that has one refuses
            signing = apart.submit(_DatedSigner(words, signer, moment).sign_pdf, _SameWriter(BytesIO(pdf)))
            return bytes(signing.result().getvalue())


class _SameWriter(IncrementalPdfFileWriter):
    """Adds the signature's objects, and neither chance nor the clock: the second half of the id is the first's hash."""

    @classmethod
    def _handle_id(cls, prev: Any) -> Any:
        first = prev.trailer["/ID"][0]
        raw = bytes(getattr(first, "original_bytes", first))
        second = hashlib.sha256(b"cargo" + raw).digest()[:16]
        return generic.ArrayObject([generic.ByteStringObject(raw), generic.ByteStringObject(second)])

    def _update_meta(self) -> None:
        """Leaves the dates as they are."""


class _DatedSigner(PdfSigner):
    """Signs at a moment that it is told."""

    def __init__(self, words: PdfSignatureMetadata, signer: SimpleSigner, moment: datetime) -> None:
        super().__init__(words, signer)
        self._moment = moment

    def init_signing_session(self, pdf_out: Any, existing_fields_only: bool = False) -> Any:  # noqa: FBT001, FBT002
        """As its own, but for the time."""
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self._moment
        return session


def _asn1(certificate: Certificate) -> Any:
    return asn1.Certificate.load(certificate.public_bytes(Encoding.DER))


# --- where the keys come from -------------------------------------------------------------------------------------


def load_seal(keys: Keys, folder: Path, office: Office, entity: Signature | None) -> CargoSeal:
    """The keys by which cargos are signed.

    The server's certificate, without its key, is kept in ``folder`` if it lets itself be written.
    """
    return CargoSeal(_own(keys, folder, office), entity)


def _own(keys: Keys, folder: Path, office: Office) -> Signature:
    private = Ed25519PrivateKey.from_private_bytes(keys.sign)
    made = _self_signed(private, office)
    path = folder / CERTIFICATE
    kept = _kept(path)
    if kept is None or key_bytes(kept) != key_bytes(made):
        _keep(path, made)
        kept = made
    return Signature(office.entity, kept, private)


def _self_signed(private: Ed25519PrivateKey, office: Office) -> Certificate:
    entity = (office.entity_short or office.entity)[:_LONGEST_NAME]
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "PE"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, entity or office.id),
            x509.NameAttribute(NameOID.COMMON_NAME, office.name[:_LONGEST_NAME] or office.id),
        ]
    )
    raw = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(int.from_bytes(hashlib.sha256(raw).digest()[:16], "big") | 1)
        .not_valid_before(_SINCE)
        .not_valid_after(_UNTIL)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(private, None)
    )


def load_entity(config: CargoConfig | None) -> Signature | None:
    """The entity's key and certificate, valid or not: whoever starts the server is told of one that is not.

    Raises:
        ConfigError: a file cannot be read, the password is not its own, or the key cannot sign PDFs.
    """
    if config is None:
        return None
    path = config.certificate
    password = None if config.password_file is None else _read(config.password_file, "cargo.password_file").strip()
    raw = _read(path, "cargo.certificate")
    try:
        found = load_pkcs12(raw, password or None)
    except ValueError as error:
        fault = "no es un archivo PKCS#12 (.p12 o .pfx), o la contraseña no es la suya"
        raise ConfigError(f"cargo.certificate: {path} {fault}") from error
    if found.key is None or found.cert is None:
        raise ConfigError(f"cargo.certificate: {path} no contiene la clave privada con su certificado")
    if not _can_sign(found.key):
        raise ConfigError(
            f"cargo.certificate: la clave de {path} no sirve: use RSA de 2048 bits o más, o curva elíptica"
        )
    certificate = found.cert.certificate
    with suppress(x509.ExtensionNotFound):
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        if not (usage.digital_signature or usage.content_commitment):
            raise ConfigError(f"cargo.certificate: el certificado de {path} no es para firmar documentos")
    above = tuple(one.certificate for one in found.additional_certs)
    return Signature(_named(certificate), certificate, found.key, above)


def entity_fault(seal: CargoSeal, now: Micros) -> str | None:
    """What to tell at start of a certificate with which nothing can be signed now; None where all is well."""
    if seal.entity is None or seal.entity.holds(in_lima(now)):
        return None
    since, until = seal.entity.certificate.not_valid_before_utc, seal.entity.certificate.not_valid_after_utc
    return (
        f"cargo.certificate: el certificado vale del {in_lima_day(since)} al {in_lima_day(until)}; "
        "mientras tanto los cargos se firman con la clave de este servidor."
    )


def in_lima_day(moment: datetime) -> str:
    """A day as people write it."""
    return f"{moment:%d/%m/%Y}"


def _can_sign(key: Any) -> bool:
    if isinstance(key, RSAPrivateKey):
        return key.key_size >= _SMALLEST_RSA
    return isinstance(key, EllipticCurvePrivateKey | Ed25519PrivateKey)


def _named(certificate: Certificate) -> str:
    for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for attribute in certificate.subject.get_attributes_for_oid(kind):
            return str(attribute.value)
    return certificate.subject.rfc4514_string()


def _read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{what}: no se puede leer {path}: {error.strerror}") from error


def _kept(path: Path) -> Certificate | None:
    """The certificate in a file; None for no file, or for something else."""
    with suppress(OSError, ValueError):
        return x509.load_pem_x509_certificate(path.read_bytes())
    return None


def _keep(path: Path, certificate: Certificate) -> None:
    """Writes it, whole or not at all; a folder that cannot be written is told in the log only."""
    content, beside = certificate.public_bytes(Encoding.PEM), path.with_suffix(".new")
    with suppress(OSError):
        if path.read_bytes() == content:
            return
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as error:
        _log.warning("cargo.certificate_not_kept path=%s why=%s", path, error.strerror)
