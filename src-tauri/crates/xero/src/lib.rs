//! The Xero client: sign-in, wire types, paging, limits, errors, translation.
