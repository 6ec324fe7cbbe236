#include "datatype.h"

namespace spikelab::hdf5 {
namespace {

// Types within types, and members of one: files of recordings have some ten in one or two levels. A damaged file may
// claim any number, and each is walked.
constexpr int kMaxTypeDepth = 16;
constexpr int kMaxMembers = 4096;

Type describe(File& file, hid_t id, const std::string& place, int depth);

std::shared_ptr<Type> shared(Type type) {
  return std::make_shared<Type>(std::move(type));
}

std::string takeName(char* name) {
  if (name == nullptr) return {};
  std::string out(name);
  H5free_memory(name);
  return out;
}

// libhdf5 converts types whose bits lie outside of them, and reads past their end.
void checkBits(File& file, hid_t id, const Type& type, const std::string& place) {
  const size_t precision = H5Tget_precision(id), offset = static_cast<size_t>(H5Tget_offset(id)), bits = 8 * type.size;
  if (precision == 0 || precision > bits || offset > bits - precision) {
    throw file.formatError(place, "a number whose bits lie inside it was expected");
  }
}

void describeInteger(File& file, hid_t id, Type& type, const std::string& place) {
  checkBits(file, id, type, place);
  type.isSigned = H5Tget_sign(id) == H5T_SGN_2;
  type.bigEndian = H5Tget_order(id) == H5T_ORDER_BE;
  const bool wholeBytes = H5Tget_precision(id) == 8 * type.size && H5Tget_offset(id) == 0;
  const H5T_order_t order = H5Tget_order(id);
  const bool knownOrder = order == H5T_ORDER_LE || order == H5T_ORDER_BE || type.size == 1;
  type.plain = wholeBytes && knownOrder && (type.size == 1 || type.size == 2 || type.size == 4 || type.size == 8);
}

void describeFloat(File& file, hid_t id, Type& type, const std::string& place) {
  checkBits(file, id, type, place);
  const H5T_order_t order = H5Tget_order(id);
  type.isSigned = true;
  type.bigEndian = order == H5T_ORDER_BE;
  size_t sign = 0, exponent = 0, exponentBits = 0, mantissa = 0, mantissaBits = 0;
  H5Tget_fields(id, &sign, &exponent, &exponentBits, &mantissa, &mantissaBits);
  const size_t precision = H5Tget_precision(id);
  const auto inside = [&](size_t at, size_t count) {
    return count > 0 && count <= precision && at <= precision - count;
  };
  if (!inside(sign, 1) || !inside(exponent, exponentBits) || !inside(mantissa, mantissaBits)) {
    throw file.formatError(place, "a floating-point number whose parts lie inside it was expected");
  }
  const size_t expectedExponent = type.size == 2 ? 5 : (type.size == 4 ? 8 : 11);
  const size_t bits = 8 * type.size;
  type.plain = (type.size == 2 || type.size == 4 || type.size == 8) &&
               (order == H5T_ORDER_LE || order == H5T_ORDER_BE) && H5Tget_precision(id) == bits &&
               H5Tget_offset(id) == 0 && sign == bits - 1 && mantissa == 0 && exponentBits == expectedExponent &&
               mantissaBits == bits - 1 - expectedExponent && exponent == mantissaBits &&
               H5Tget_norm(id) == H5T_NORM_IMPLIED && H5Tget_ebias(id) == (size_t{1} << (expectedExponent - 1)) - 1;
}

void describeEnum(File& file, hid_t id, Type& type, const std::string& place, int depth) {
  const Handle base(H5Tget_super(id), H5Tclose);
  const Type integer = describe(file, base.get(), place, depth + 1);
  type.isSigned = integer.isSigned;
  type.bigEndian = integer.bigEndian;
  type.plain = integer.plain;
  const int count = H5Tget_nmembers(id);
  if (count < 0 || count > kMaxMembers)
    throw file.formatError(place, "an enumeration of at most 4096 names was expected");
  for (int i = 0; i < count; i++) {
    const std::string name = takeName(H5Tget_member_name(id, static_cast<unsigned>(i)));
    unsigned char bytes[64] = {};
    int64_t value = 0;
    if (type.size <= sizeof bytes && H5Tget_member_value(id, static_cast<unsigned>(i), bytes) >= 0 &&
        H5Tconvert(base.get(), H5T_NATIVE_INT64, 1, bytes, nullptr, H5P_DEFAULT) >= 0) {
      __builtin_memcpy(&value, bytes, sizeof value);
    }
    type.members.emplace_back(name, value);
  }
  const auto is = [&](size_t i, const char* name, int64_t value) {
    return type.members[i].first == name && type.members[i].second == value;
  };
  if (count == 2 && is(0, "FALSE", 0) && is(1, "TRUE", 1)) type.cls = TypeClass::kBool;
}

void describeCompound(File& file, hid_t id, Type& type, const std::string& place, int depth) {
  const int count = H5Tget_nmembers(id);
  if (count < 0 || count > kMaxMembers) throw file.formatError(place, "a compound of at most 4096 fields was expected");
  for (int i = 0; i < count; i++) {
    const unsigned index = static_cast<unsigned>(i);
    const Handle member(H5Tget_member_type(id, index), H5Tclose);
    if (!member) throw file.libraryError(place, "described");
    Field field{takeName(H5Tget_member_name(id, index)), H5Tget_member_offset(id, index),
                shared(describe(file, member.get(), place, depth + 1))};
    if (field.offset > type.size || field.type->size > type.size - field.offset) {
      throw file.formatError(place, "a compound whose fields lie inside it was expected");
    }
    type.fields.push_back(std::move(field));
  }
}

void describeString(hid_t id, Type& type) {
  type.variable = H5Tis_variable_str(id) > 0;
  type.padding = H5Tget_strpad(id) == H5T_STR_SPACEPAD ? ' ' : '\0';
}

void describeArray(File& file, hid_t id, Type& type, const std::string& place, int depth) {
  const Handle base(H5Tget_super(id), H5Tclose);
  type.base = shared(describe(file, base.get(), place, depth + 1));
  hsize_t dims[H5S_MAX_RANK];
  const int rank = H5Tget_array_ndims(id);
  if (rank < 1 || rank > H5S_MAX_RANK || H5Tget_array_dims2(id, dims) < 0) throw file.libraryError(place, "described");
  type.shape.assign(dims, dims + rank);
  uint64_t bytes = type.base->size;
  for (const uint64_t n : type.shape) {
    if (__builtin_mul_overflow(bytes, n, &bytes))
      throw file.formatError(place, "an array type of possible size was expected");
  }
  if (bytes != type.size) throw file.formatError(place, "an array type as large as its elements was expected");
}

Type describe(File& file, hid_t id, const std::string& place, int depth) {
  if (depth > kMaxTypeDepth) throw file.formatError(place, "a datatype nested at most 16 deep was expected");
  Type type;
  type.size = H5Tget_size(id);
  if (type.size == 0) throw file.libraryError(place, "described");
  switch (H5Tget_class(id)) {
    case H5T_INTEGER:
      type.cls = TypeClass::kInteger;
      describeInteger(file, id, type, place);
      break;
    case H5T_BITFIELD:
      type.cls = TypeClass::kBitfield;
      describeInteger(file, id, type, place);
      type.isSigned = false;
      break;
    case H5T_FLOAT:
      type.cls = TypeClass::kFloat;
      describeFloat(file, id, type, place);
      break;
    case H5T_ENUM:
      type.cls = TypeClass::kEnum;
      describeEnum(file, id, type, place, depth);
      break;
    case H5T_STRING:
      type.cls = TypeClass::kString;
      describeString(id, type);
      break;
    case H5T_COMPOUND:
      type.cls = TypeClass::kCompound;
      describeCompound(file, id, type, place, depth);
      break;
    case H5T_REFERENCE:
      type.cls = H5Tequal(id, H5T_STD_REF_OBJ) > 0 ? TypeClass::kReference : TypeClass::kRegionReference;
      break;
    case H5T_VLEN: {
      type.cls = TypeClass::kVlen;
      const Handle base(H5Tget_super(id), H5Tclose);
      type.base = shared(describe(file, base.get(), place, depth + 1));
      break;
    }
    case H5T_ARRAY:
      type.cls = TypeClass::kArray;
      describeArray(file, id, type, place, depth);
      break;
    case H5T_TIME:
      type.cls = TypeClass::kTime;
      break;
    default:
      type.cls = TypeClass::kOpaque;
  }
  return type;
}

}  // namespace

const char* className(TypeClass cls) {
  static constexpr const char* kNames[] = {
      "integer",          "float", "bool",  "enum",     "string", "compound", "reference",
      "region-reference", "vlen",  "array", "bitfield", "opaque", "time"};
  return kNames[static_cast<int>(cls)];
}

std::string typeName(const Type& type) {
  const std::string bits = std::to_string(8 * type.size);
  if (type.cls == TypeClass::kInteger) return (type.isSigned ? "int" : "uint") + bits;
  if (type.cls == TypeClass::kFloat) return "float" + bits;
  return className(type.cls);
}

Type describeType(File& file, hid_t type, const std::string& place) {
  return describe(file, type, place, 0);
}

Element exactElement(const Type& type) {
  if (type.cls == TypeClass::kFloat) return type.size <= 4 ? Element::kFloat32 : Element::kFloat64;
  const int width = type.size == 1 ? 0 : (type.size == 2 ? 2 : (type.size <= 4 ? 4 : 6));
  return static_cast<Element>(width + (type.isSigned ? 0 : 1));
}

hid_t memoryType(Element element) {
  switch (element) {
    case Element::kInt8:
      return H5T_NATIVE_INT8;
    case Element::kUint8:
      return H5T_NATIVE_UINT8;
    case Element::kInt16:
      return H5T_NATIVE_INT16;
    case Element::kUint16:
      return H5T_NATIVE_UINT16;
    case Element::kInt32:
      return H5T_NATIVE_INT32;
    case Element::kUint32:
      return H5T_NATIVE_UINT32;
    case Element::kInt64:
      return H5T_NATIVE_INT64;
    case Element::kUint64:
      return H5T_NATIVE_UINT64;
    case Element::kFloat32:
      return H5T_NATIVE_FLOAT;
    default:
      return H5T_NATIVE_DOUBLE;
  }
}

}  // namespace spikelab::hdf5
