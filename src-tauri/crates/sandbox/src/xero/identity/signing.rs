//! Signs tokens (RS256) and publishes the public key.
//!
//! The key is fixed and public: it belongs to the demo books and protects nothing. Signatures of
//! this kind are the same for the same text, so the simulated Xero stays repeatable.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::super::json::to_wire;

/// The demo key, PKCS #8.
const PRIVATE_KEY: &[u8] = include_bytes!("demo_signing_key.der");
/// Its modulus.
const MODULUS: &str = "uqADtFkzuJpKZ3MfuuK4GK7q0wS_fftJBtrp1ljRfI_qjIHM7uo_IDE6GXbv-qEzTWs3Aprcg1IECETtjNAz7PMbxM5mM506BcV74FoJAMKwFXhXATW2322zmqgtB6qqyJofjht_quGxGeOeJEykJbgiw9zttrjwG54XmNc7clLUz6eXYNrDaitYd2E5qvk3W2ErNFsSVL9Kt-LwQ5M-WxARqto9MYBKjpWciXTvgZYLcU4fq6V2Ve1nFeLHAFQfGDDjVBbGuH4x7w2tbFXc8hBvL4JInWoTyWYshyrL6p_MV4ZUISf3rMb-kjFj-_CtBv_dA3S00EMWO56151_zkQ";
/// Its exponent, 65537.
const EXPONENT: &str = "AQAB";
/// Its name.
const KEY_ID: &str = "DEMO";

/// The key, read once.
pub struct Signer {
    key: Option<KeyPair>,
}

impl Signer {
    /// Reads the demo key.
    pub fn new() -> Self {
        Signer {
            key: KeyPair::from_pkcs8(PRIVATE_KEY).ok(),
        }
    }

    /// A signed token.
    pub fn token(&self, claims: &Value) -> String {
        let header = json!({"alg": "RS256", "kid": KEY_ID, "typ": "JWT"});
        let text = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(to_wire(claims))
        );
        // The key is a constant that a test reads, so there is always a signature.
        let signature = self.key.as_ref().map_or_else(Vec::new, |key| {
            let mut signature = vec![0; key.public_modulus_len()];
            match key.sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                text.as_bytes(),
                &mut signature,
            ) {
                Ok(()) => signature,
                Err(_) => Vec::new(),
            }
        });
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// The public keys, as `jwks_uri` answers them.
pub fn public_keys() -> Value {
    json!({"keys": [{
        "kty": "RSA",
        "use": "sig",
        "alg": "RS256",
        "kid": KEY_ID,
        "e": EXPONENT,
        "n": MODULUS,
    }]})
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};

    use super::*;

    #[test]
    fn tokens_verify_with_the_published_key_and_repeat() {
        let signer = Signer::new();
        let token = signer.token(&json!({"sub": "demo"}));
        let (text, signature) = token.rsplit_once('.').unwrap();
        let key = RsaPublicKeyComponents {
            n: URL_SAFE_NO_PAD.decode(MODULUS).unwrap(),
            e: URL_SAFE_NO_PAD.decode(EXPONENT).unwrap(),
        };
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        key.verify(&RSA_PKCS1_2048_8192_SHA256, text.as_bytes(), &signature)
            .unwrap();
        assert_eq!(token, signer.token(&json!({"sub": "demo"})));
        assert!(
            key.verify(&RSA_PKCS1_2048_8192_SHA256, b"other", &signature)
                .is_err()
        );
    }
}
