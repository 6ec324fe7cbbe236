#include "writer_layout.h"

#include "../library/library.h"

namespace spikelab::hdf5 {
namespace {

[[noreturn]] void fail(const std::string& what, const std::string& where) {
  throw Error(Code::kInternal, "libhdf5 could not " + what + " " + where + " (" + errorText() + ")");
}

Handle owned(hid_t id, Handle::Close close, const std::string& what, const std::string& where) {
  if (id < 0) fail(what, where);
  return Handle(id, close);
}

void check(herr_t status, const std::string& what, const std::string& where) {
  if (status < 0) fail(what, where);
}

hid_t numberType(Stored type) {
  switch (type) {
    case Stored::kInt8:
      return H5T_NATIVE_INT8;
    case Stored::kUint8:
      return H5T_NATIVE_UINT8;
    case Stored::kInt16:
      return H5T_NATIVE_INT16;
    case Stored::kUint16:
      return H5T_NATIVE_UINT16;
    case Stored::kInt32:
      return H5T_NATIVE_INT32;
    case Stored::kUint32:
      return H5T_NATIVE_UINT32;
    case Stored::kInt64:
      return H5T_NATIVE_INT64;
    case Stored::kUint64:
      return H5T_NATIVE_UINT64;
    case Stored::kFloat32:
      return H5T_NATIVE_FLOAT;
    default:
      return H5T_NATIVE_DOUBLE;
  }
}

hid_t makeType(Stored type) {
  if (type == Stored::kReference) return H5Tcopy(H5T_STD_REF_OBJ);
  if (type == Stored::kText) {
    const hid_t text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, H5T_VARIABLE);
    H5Tset_cset(text, H5T_CSET_UTF8);
    return text;
  }
  if (type == Stored::kBool) {
    const hid_t flag = H5Tenum_create(H5T_NATIVE_INT8);
    int8_t value = 0;
    H5Tenum_insert(flag, "FALSE", &value);
    value = 1;
    H5Tenum_insert(flag, "TRUE", &value);
    return flag;
  }
  return H5Tcopy(numberType(type));
}

hid_t makeSpace(const Entry& entry) {
  if (entry.scalar) return H5Screate(H5S_SCALAR);
  const std::vector<hsize_t> dims(entry.shape.begin(), entry.shape.end());
  return H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr);
}

bool hasNumbers(Stored type) {
  return type != Stored::kText && type != Stored::kReference;
}

class Layout {
 public:
  explicit Layout(const std::string& path)
      : access_(owned(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "make", "file properties")),
        file_(owned(create(path), H5Fclose, "create", path)),
        links_(owned(H5Pcreate(H5P_LINK_CREATE), H5Pclose, "make", "link properties")),
        groups_(owned(H5Pcreate(H5P_GROUP_CREATE), H5Pclose, "make", "group properties")),
        datasets_(owned(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, "make", "dataset properties")) {
    H5Pset_create_intermediate_group(links_.get(), 1);
    H5Pset_char_encoding(links_.get(), H5T_CSET_UTF8);
    // No times in object headers: the same data makes the same file.
    H5Pset_obj_track_times(groups_.get(), false);
    H5Pset_obj_track_times(datasets_.get(), false);
  }

  // Metadata stay in memory until then; a destructor could not say that the disk refused them.
  void finish(const std::string& path) { check(H5Fflush(file_.get(), H5F_SCOPE_GLOBAL), "write", path); }

  void add(const Entry& entry, std::vector<Reserved>& reserved) {
    switch (entry.kind) {
      case Entry::Kind::kGroup:
        owned(H5Gcreate2(file_.get(), entry.path.c_str(), links_.get(), groups_.get(), H5P_DEFAULT), H5Gclose, "create",
              entry.path);
        return;
      case Entry::Kind::kSoftLink:
        check(H5Lcreate_soft(entry.target.c_str(), file_.get(), entry.path.c_str(), links_.get(), H5P_DEFAULT), "link",
              entry.path);
        return;
      case Entry::Kind::kDataset:
        return addDataset(entry, reserved);
      case Entry::Kind::kAttribute:
        return addAttribute(entry);
    }
  }

 private:
  hid_t create(const std::string& path) {
    H5Pset_fclose_degree(access_.get(), H5F_CLOSE_STRONG);
    return H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access_.get());
  }

  void addDataset(const Entry& entry, std::vector<Reserved>& reserved) {
    const Handle type = owned(makeType(entry.values.type), H5Tclose, "make the type of", entry.path);
    const Handle space = owned(makeSpace(entry), H5Sclose, "make the space of", entry.path);
    const Handle properties = owned(H5Pcopy(datasets_.get()), H5Pclose, "make the properties of", entry.path);
    if (hasNumbers(entry.values.type)) {
      // Space now, bytes later by position: nothing to fill.
      H5Pset_alloc_time(properties.get(), H5D_ALLOC_TIME_EARLY);
      H5Pset_fill_time(properties.get(), H5D_FILL_TIME_NEVER);
    }
    const Handle dataset = owned(H5Dcreate2(file_.get(), entry.path.c_str(), type.get(), space.get(), links_.get(),
                                            properties.get(), H5P_DEFAULT),
                                 H5Dclose, "create", entry.path);
    if (H5Sget_simple_extent_npoints(space.get()) == 0) return;
    if (hasNumbers(entry.values.type)) {
      const haddr_t offset = H5Dget_offset(dataset.get());
      if (offset == HADDR_UNDEF) fail("reserve space for", entry.path);
      reserved.push_back({&entry, offset});
    } else {
      withObjects(entry, [&](const void* values) {
        check(H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values), "write", entry.path);
      });
      // closing the dataset writes what is still held back, and a destructor could not say that it failed
      check(H5Dflush(dataset.get()), "write", entry.path);
    }
  }

  void addAttribute(const Entry& entry) {
    const std::string where = entry.path + "@" + entry.name;
    const Handle type = owned(makeType(entry.values.type), H5Tclose, "make the type of", where);
    const Handle space = owned(makeSpace(entry), H5Sclose, "make the space of", where);
    const Handle owner = owned(H5Oopen(file_.get(), entry.path.c_str(), H5P_DEFAULT), H5Oclose, "open", entry.path);
    const Handle properties = owned(H5Pcreate(H5P_ATTRIBUTE_CREATE), H5Pclose, "make the properties of", where);
    H5Pset_char_encoding(properties.get(), H5T_CSET_UTF8);
    const Handle attribute =
        owned(H5Acreate2(owner.get(), entry.name.c_str(), type.get(), space.get(), properties.get(), H5P_DEFAULT),
              H5Aclose, "create", where);
    if (H5Sget_simple_extent_npoints(space.get()) == 0) return;
    const auto write = [&](const void* values) {
      check(H5Awrite(attribute.get(), type.get(), values), "write", where);
    };
    if (hasNumbers(entry.values.type)) {
      write(entry.values.pieces.at(0).data);
    } else {
      withObjects(entry, write);
    }
  }

  // Calls write with the text pointers or the references of an entry.
  template <typename Write>
  void withObjects(const Entry& entry, Write write) {
    if (entry.values.type == Stored::kText) {
      std::vector<const char*> texts;
      for (const std::string& text : entry.values.texts) texts.push_back(text.c_str());
      return write(texts.data());
    }
    std::vector<hobj_ref_t> references(entry.values.texts.size());
    for (size_t i = 0; i < references.size(); i++) {
      const std::string& target = entry.values.texts[i];
      check(H5Rcreate(&references[i], file_.get(), target.c_str(), H5R_OBJECT, -1), "refer to", target);
    }
    write(references.data());
  }

  Handle access_, file_, links_, groups_, datasets_;
};

}  // namespace

std::vector<Reserved> layOut(const std::string& path, const std::vector<Entry>& entries, Control& control) {
  const LibraryLock lock;
  std::vector<Reserved> reserved;
  Layout layout(path);
  for (const Entry& entry : entries) {
    control.check();
    layout.add(entry, reserved);
  }
  layout.finish(path);
  return reserved;
}

}  // namespace spikelab::hdf5
