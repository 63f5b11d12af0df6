//! What a site tells of documents that are gone, renamed or merged, and whether they are there.

use engine::books::{Books, Cursor, Trace};
use ledger::{Kind, PriceMode, RemoteId};
use serde_json::{Value, json};

use super::site::Site;

async fn delete(site: &Site, doctype: &str, name: &str) {
    let path = erpnext::site::document(doctype, name);
    site.client
        .write(http::Method::DELETE, &path, &Value::Null)
        .await
        .unwrap();
}

async fn rename(site: &Site, old: &RemoteId, new: &str, merge: bool) {
    let body = json!({"doctype": "Customer", "old_name": old.as_str(), "new_name": new,
        "merge": merge});
    let path = "/api/method/frappe.client.rename_doc";
    // Merging is not offered by that one in every version.
    let body = if merge {
        json!({"doctype": "Customer", "docname": old.as_str(), "name": new, "title": new,
            "merge": true})
    } else {
        body
    };
    let path = if merge {
        "/api/method/frappe.model.rename_doc.update_document_title"
    } else {
        path
    };
    site.client
        .write(http::Method::POST, path, &body)
        .await
        .unwrap();
}

async fn traces(site: &Site, from: &Cursor) -> (Vec<Trace>, Cursor) {
    let mut found = Vec::new();
    let mut cursor = from.clone();
    loop {
        let traces = site.books.traces(&cursor).await.unwrap();
        assert!(!traces.hidden);
        found.extend(traces.found);
        cursor = traces.next;
        if !traces.more {
            return (found, cursor);
        }
    }
}

/// Deletions, renames and merges are told, and whose address it was that went.
pub async fn every_end_is_told(site: &Site) {
    let (_, from) = traces(site, &Cursor::default()).await;
    let [gone, renamed, merged, into, moved] =
        ["gone", "renamed", "merged", "into", "moved"].map(|of| format!("end {of}"));
    let gone = site.customer(&gone).await;
    let renamed = site.customer(&renamed).await;
    let merged = site.customer(&merged).await;
    let into = site.customer(&into).await;
    let moved = site.customer(&moved).await;
    let address = site
        .client
        .write(
            http::Method::POST,
            "/api/resource/Address",
            &json!({"address_title": moved.as_str(), "address_type": "Billing",
                "address_line1": "1 High St", "city": "Exeter", "country": "United Kingdom",
                "links": [{"link_doctype": "Customer", "link_name": moved.as_str()}]}),
        )
        .await
        .unwrap();
    let address = address["data"]["name"].as_str().unwrap().to_owned();
    let before = site.stored("Customer", moved.as_str()).await;
    delete(site, "Customer", gone.as_str()).await;
    let new = format!("{renamed} anew");
    rename(site, &renamed, &new, false).await;
    rename(site, &merged, into.as_str(), true).await;
    delete(site, "Address", &address).await;
    let left = site.customer("end left").await;
    let left = (RemoteId::new(format!("{left} anew")), left);
    rename(site, &left.1, left.0.as_str(), false).await;
    delete(site, "Customer", left.0.as_str()).await;
    // Nothing about the customer itself says that its address went.
    let after = site.stored("Customer", moved.as_str()).await;
    assert_eq!(before["modified"], after["modified"]);

    let (told, next) = traces(site, &from).await;
    let kind = Kind::Contact;
    for expected in [
        Trace::Deleted {
            kind,
            id: gone.clone(),
        },
        Trace::Renamed {
            kind,
            from: renamed.clone(),
            to: RemoteId::new(new.clone()),
        },
        Trace::Deleted {
            kind,
            id: merged.clone(),
        },
        Trace::Merged {
            kind,
            from: merged.clone(),
            into: into.clone(),
        },
        Trace::Changed {
            kind,
            id: moved.clone(),
        },
        // The comment about its rename may be gone by now.
        Trace::Carried {
            kind,
            id: left.0.clone(),
            marker: site.id("end left"),
        },
    ] {
        assert!(told.contains(&expected), "{expected:?} in {told:?}");
    }
    // A little is told again.
    let (again, _) = traces(site, &next).await;
    assert!(again.contains(&Trace::Deleted {
        kind,
        id: gone.clone()
    }));
    for (id, there) in [
        (&gone, false),
        (&renamed, false),
        (&merged, false),
        (&into, true),
        (&RemoteId::new(new), true),
    ] {
        assert_eq!(site.books.exists(kind, id).await.unwrap(), there, "{id}");
    }
}

/// A document is known by name and creation: a rename keeps the creation, a new document of the same
/// name has another; and lists of names tell how each stands.
pub async fn a_document_is_known_by_what_it_was_born_with(site: &Site) {
    let customer = site.customer("born").await;
    let by_id = |id: &RemoteId| engine::books::Lookup::Ids(vec![id.clone()]);
    let find = async |kind, id: &RemoteId| site.books.find(kind, &by_id(id)).await.unwrap();
    let read = find(Kind::Contact, &customer).await.remove(0);
    let new = RemoteId::new(format!("{customer} anew"));
    rename(site, &customer, new.as_str(), false).await;
    let renamed = find(Kind::Contact, &new).await.remove(0);
    assert_eq!(read.born, renamed.born);
    let seen = site
        .books
        .seen(Kind::Contact, &[new.clone(), customer.clone()])
        .await
        .unwrap();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].born, renamed.born);
    assert!(
        site.books
            .is_as_read(Kind::Contact, &seen[0], &renamed.version)
    );
    assert!(
        !site
            .books
            .is_as_read(Kind::Contact, &seen[0], &read.version)
    );

    let mut draft = site.invoice(
        "born",
        &new,
        PriceMode::Exclusive,
        vec![site.line("1", "10", "10.00", 0)],
    );
    draft.state = ledger::DocumentState::Draft;
    let first = site.done(site.create("born", &draft)).await;
    let listed = |all: &[engine::books::Seen]| all.iter().any(|seen| seen.id == first.id);
    let mut cursor = Cursor::default();
    let mut all = Vec::new();
    loop {
        let page = site.books.all(Kind::Invoice, &cursor).await.unwrap();
        all.extend(page.seen);
        cursor = page.next;
        if !page.more {
            break;
        }
    }
    assert!(listed(&all));
    delete(site, "Sales Invoice", first.id.as_str()).await;
    let second = site.done(site.create("born", &draft)).await;
    assert!(first.born.is_some() && first.born != second.born);
    // What was saved in the last minutes is listed once a pass has ended after another.
    let mut cursor = Cursor::default();
    for _ in 0..2 {
        loop {
            let page = site.books.page(Kind::Invoice, &cursor).await.unwrap();
            cursor = page.next;
            if !page.more {
                break;
            }
        }
    }
    let recent = site.books.recent(Kind::Invoice, &cursor).await.unwrap();
    assert!(recent.iter().any(|seen| seen.id == second.id));
}
