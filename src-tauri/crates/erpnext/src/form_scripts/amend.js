frappe.ui.form.on("{doctype}", (() => {
	const own = {own};
	const rows = {rows};
	const clear = (doc, fields) => fields.forEach((field) => { if (doc[field]) doc[field] = null; });
	const amendment = (frm) => {
		if (!frm.is_new() || !frm.doc.amended_from) return;
		clear(frm.doc, own);
		Object.keys(rows).forEach((table) => (frm.doc[table] || []).forEach((row) => clear(row, rows[table])));
	};
	return { before_load: amendment, validate: amendment };
})());
