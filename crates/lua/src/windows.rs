//! `windows` in Lua: decrypts the password that EC2 made for a Windows instance. EC2 encrypts it with the public key of
//! the instance's key pair (RSA with PKCS #1 v1.5 padding).

use aws_lc_rs::rsa::{Pkcs1PrivateDecryptingKey, PrivateDecryptingKey};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use mlua::{Error, Lua, LuaString, Result, Table, Value};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject as _;

use super::secret;

pub(crate) fn module(lua: &Lua) -> Result<Table> {
    let windows = lua.create_table()?;
    windows.raw_set("decrypt", lua.create_function(decrypt)?)?;
    Ok(windows)
}

/// `windows.decrypt(password_data, key)`: returns the password as a secret. The key is the text of the file.
fn decrypt(lua: &Lua, (data, key): (Value, LuaString)) -> Result<Value> {
    let failed = |why: &str| Error::external(format!("windows.decrypt: {why}"));
    let data = match (&data, secret::bytes(&data)) {
        (_, Some(bytes)) => bytes,
        (Value::String(text), None) => text.as_bytes().to_vec(),
        (other, None) => return Err(failed(&format!("expected the password data, got {}", other.type_name()))),
    };
    let data: Vec<u8> = data.into_iter().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let data = BASE64_STANDARD.decode(data).map_err(|_| failed("the password data is no Base64"))?;
    let password = decrypted(&data, &key.as_bytes()).map_err(failed)?;
    secret::hidden(lua, password)
}

fn decrypted(data: &[u8], key: &[u8]) -> std::result::Result<Vec<u8>, &'static str> {
    let key = read_key(key)?;
    let mut buffer = vec![0; key.min_output_size()];
    let password = key.decrypt(data, &mut buffer);
    let password = password.map_err(|_| "the key does not fit: use the private key of the instance's key pair")?;
    Ok(password.to_vec())
}

/// Reads a private key in PEM, as EC2 and OpenSSL write it.
fn read_key(pem: &[u8]) -> std::result::Result<Pkcs1PrivateDecryptingKey, &'static str> {
    const UNREADABLE: &str = "the key cannot be read; give the text of an RSA private key in PEM without a passphrase";
    let pkcs8 = match PrivateKeyDer::from_pem_slice(pem).map_err(|_| UNREADABLE)? {
        PrivateKeyDer::Pkcs1(key) => as_pkcs8(key.secret_pkcs1_der()),
        PrivateKeyDer::Pkcs8(key) => key.secret_pkcs8_der().to_vec(),
        _ => return Err("the key is no RSA key; passwords of Windows need one"),
    };
    let key = PrivateDecryptingKey::from_pkcs8(&pkcs8).map_err(|_| UNREADABLE)?;
    Pkcs1PrivateDecryptingKey::new(key).map_err(|_| UNREADABLE)
}

/// Wraps a key of PKCS #1 in a `PrivateKeyInfo` of PKCS #8 (RFC 5208), which names the algorithm.
fn as_pkcs8(pkcs1: &[u8]) -> Vec<u8> {
    const VERSION: &[u8] = &[0x02, 0x01, 0x00];
    const RSA_ENCRYPTION: &[u8] =
        &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    const OCTET_STRING: u8 = 0x04;
    const SEQUENCE: u8 = 0x30;
    der(SEQUENCE, &[VERSION, RSA_ENCRYPTION, &der(OCTET_STRING, pkcs1)].concat())
}

/// Returns a value of DER with its tag and length.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length = &length[length.iter().position(|byte| *byte != 0).unwrap_or(length.len() - 1)..];
    let mut value = vec![tag];
    if content.len() >= 0x80 {
        value.push(0x80 | u8::try_from(length.len()).unwrap_or(u8::MAX));
    }
    [&value, length, content].concat()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::AsDer as _;
    use aws_lc_rs::encoding::Pkcs8V1Der;
    use aws_lc_rs::rsa::{KeySize, Pkcs1PublicEncryptingKey};

    use super::*;

    fn pem(label: &str, der: &[u8]) -> String {
        let text = BASE64_STANDARD.encode(der);
        let lines: Vec<_> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
    }

    #[test]
    fn passwords_are_decrypted_with_both_forms_of_key_files() {
        let key = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
        let public = Pkcs1PublicEncryptingKey::new(key.public_key()).unwrap();
        let mut buffer = vec![0; public.ciphertext_size()];
        let data = public.encrypt(b"S3cret!", &mut buffer).unwrap().to_vec();
        let der: Pkcs8V1Der<'static> = key.as_der().unwrap();
        let pkcs8 = der.as_ref();
        // The key of PKCS #1 follows the header of PKCS #8, whose length as_pkcs8 must reproduce.
        let header = pkcs8.len()
            - (0..pkcs8.len()).find(|at| as_pkcs8(&pkcs8[*at..]) == pkcs8).map(|at| pkcs8.len() - at).unwrap();
        let files = [pem("PRIVATE KEY", pkcs8), pem("RSA PRIVATE KEY", &pkcs8[header..])];
        for file in files {
            assert_eq!(decrypted(&data, file.as_bytes()).unwrap(), b"S3cret!", "{}", &file[..30]);
        }
        let other = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
        let other: Pkcs8V1Der<'static> = other.as_der().unwrap();
        let other = pem("PRIVATE KEY", other.as_ref());
        assert!(
            decrypted(&data, other.as_bytes()).is_ok_and(|text| text != b"S3cret!")
                || decrypted(&data, other.as_bytes()).unwrap_err().contains("does not fit")
        );
        assert!(decrypted(&data, b"ssh-rsa AAAA").unwrap_err().contains("cannot be read"));
    }
}
