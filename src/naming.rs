//! AWS's names as the Rust SDK and our scripts write them.

pub fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::with_capacity(name.len() + 8);
    for (at, letter) in letters.iter().enumerate() {
        let begins_word = letter.is_uppercase()
            && at > 0
            && (!letters[at - 1].is_uppercase() || letters.get(at + 1).is_some_and(|next| next.is_lowercase()));
        if begins_word {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_rust_sdk() {
        for (name, expected) in [
            ("DescribeTags", "describe_tags"),
            ("ListMFADevices", "list_mfa_devices"),
            ("GetAccessKeyInfo", "get_access_key_info"),
            ("Tag", "tag"),
            ("accountId", "account_id"),
        ] {
            assert_eq!(snake_case(name), expected);
        }
    }
}
