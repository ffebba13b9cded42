namespace Qschedd.Storage;

/// <summary>The database cannot be used; the message tells the operator which file, why, and what to do.</summary>
internal sealed class StoreOpenException(string message, Exception? inner = null) : Exception(message, inner);
