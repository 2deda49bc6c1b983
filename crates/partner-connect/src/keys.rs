//! Keys: writing them, minting tokens with the development issuer's, and reading what a role needs
//! to serve.
//!
//! A key that is missing or malformed is wrong configuration. None is ever printed; a token is,
//! where it was asked for.

use std::path::{Path, PathBuf};

use platform::identity::{Peer, PeerVerifier, ServiceSigner, Verifier};
use platform::keys::{self, Contents, Grant, LocalIssuer, SecretKey};
use platform::seal::Seal;
use platform::serve::Settings;
use vocabulary::id::PartnerId;

use crate::config::{Keys, Misconfigured, Token};
use crate::output;

/// Writes a new set of keys, or keeps the one that is there.
pub(crate) fn write(config: &Keys) -> anyhow::Result<()> {
    let (dir, contents) = (config.dir.display(), contents(config));
    if config.keep {
        keys::complete_keys(&config.dir).map_err(Misconfigured::new)?;
        let added = keys::extend_keys(&config.dir).map_err(Misconfigured::new)?;
        let told = added
            .into_iter()
            .try_for_each(|name| output::conclude(format_args!("{name} added to {dir}")));
        let missing = missing(&config.dir, contents);
        match missing.first() {
            None => {
                return told.and_then(|()| output::conclude(format_args!("keys kept in {dir}")));
            }
            Some(name) if missing.len() < names(contents).len() => {
                let what = "is missing beside other keys, and keys of two sets do not go together";
                return Err(Misconfigured::new(format_args!("{dir}: {name} {what}")).into());
            }
            Some(_) => told?,
        }
    }
    keys::write_keys(&config.dir, contents).map_err(Misconfigured::new)?;
    output::conclude(format_args!("keys written to {dir}"))
}

fn contents(config: &Keys) -> Contents {
    if config.issuer {
        Contents::ServicesAndIssuer
    } else {
        Contents::Services
    }
}

/// The files of a whole set.
pub(crate) fn names(contents: Contents) -> Vec<String> {
    let mut names: Vec<String> = Peer::ALL.into_iter().map(keys::service_key).collect();
    names.extend([keys::LINK_KEYS, keys::SESSION_KEYS, keys::SERVICES_JWKS].map(str::to_owned));
    if contents == Contents::ServicesAndIssuer {
        names.extend([keys::ISSUER_KEY, keys::ISSUER_JWKS, keys::ISSUERS].map(str::to_owned));
    }
    names
}

/// The files of a whole set that are not in this folder.
pub(crate) fn missing(dir: &Path, contents: Contents) -> Vec<String> {
    let mut names = names(contents);
    names.retain(|name| !dir.join(name).exists());
    names
}

/// Prints a token of the development issuer.
pub(crate) fn mint(config: &Token) -> anyhow::Result<()> {
    let issuer = LocalIssuer::read(&config.keys).map_err(Misconfigured::new)?;
    output::print(&format!("{}\n", issuer.mint(&grant(config)?, config.ttl)))
}

fn grant(config: &Token) -> Result<Grant, Misconfigured> {
    let mut grant = match &config.tenant {
        Some(tenant) => {
            PartnerId::parse(tenant)
                .map_err(|error| Misconfigured::new(format_args!("--tenant: {error}")))?;
            config
                .roles
                .iter()
                .fold(Grant::tenant(tenant), |grant, role| grant.role(role.name()))
        }
        None if config.operator => Grant::operator(),
        None => Grant::service(),
    };
    if let Some(email) = &config.email {
        grant = grant.email(email.as_str());
    }
    if let Some(subject) = &config.subject {
        grant = grant.subject(subject);
    }
    Ok(grant)
}

/// A folder of keys, and whose tokens are accepted.
pub(crate) struct Keyring {
    dir: PathBuf,
    verifier: Verifier,
}

impl Keyring {
    /// Opens a folder of keys; `issuers` is the list in it unless another is named.
    pub(crate) fn open(dir: &Path, issuers: Option<&Path>) -> Result<Self, Misconfigured> {
        let list = issuers.map_or_else(|| dir.join(keys::ISSUERS), Path::to_owned);
        Ok(Self {
            dir: dir.to_owned(),
            verifier: Verifier::read(&list).map_err(Misconfigured::new)?,
        })
    }

    /// What a service proves itself with.
    pub(crate) fn signer(&self, peer: Peer) -> Result<ServiceSigner, Misconfigured> {
        ServiceSigner::read(peer, &self.dir.join(keys::service_key(peer)))
            .map_err(Misconfigured::new)
    }

    /// How a service serves: whom it believes, and the usual limits.
    pub(crate) fn settings(&self, peer: Peer) -> Result<Settings, Misconfigured> {
        let peers = PeerVerifier::read(peer, &self.dir.join(keys::SERVICES_JWKS))
            .map_err(Misconfigured::new)?;
        Ok(Settings::new(self.verifier.clone(), peers))
    }

    /// How the pages for people are served: nobody is believed there to be a service.
    pub(crate) fn settings_for_people(&self) -> Settings {
        Settings::new(self.verifier.clone(), None)
    }

    /// Whom people's access tokens are believed to be.
    pub(crate) fn verifier(&self) -> Verifier {
        self.verifier.clone()
    }

    /// What sessions are sealed and opened with.
    pub(crate) fn sessions(&self) -> Result<Seal, Misconfigured> {
        let keys = keys::read_secret_keys(&self.dir.join(keys::SESSION_KEYS));
        keys.map(Seal::new).map_err(Misconfigured::new)
    }

    /// What links are signed and verified with.
    pub(crate) fn links(&self) -> Result<Vec<SecretKey>, Misconfigured> {
        keys::read_secret_keys(&self.dir.join(keys::LINK_KEYS)).map_err(Misconfigured::new)
    }
}
