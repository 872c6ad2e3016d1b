using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Unarr.Pipelines.Sse;

/// <summary>Copies text and sees in the same pass whether it is one line.</summary>
/// <remarks>It reads and writes without bounds checks: of both sides exactly the text, the last bytes twice where vectors overlap.
/// </remarks>
internal static class LineCopy
{
    // Nothing up to CR is likely in a line: what a vector's smallest byte lets through is looked at again.
    private const byte CarriageReturn = (byte)'\r';
    private const ulong EachByte = 0x01_01_01_01_01_01_01_01;

    /// <summary>Copies text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="copy">Where there is room for all of it.</param>
    /// <returns>Whether it holds neither LF nor CR; otherwise the copy is of no use.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryCopy(ReadOnlySpan<byte> text, ref byte copy)
    {
        ref byte first = ref MemoryMarshal.GetReference(text);
        bool isSure = Vector256.IsHardwareAccelerated && text.Length >= Vector256<byte>.Count ? Copy256(ref first, ref copy, text.Length)
            : Vector128.IsHardwareAccelerated && text.Length >= Vector128<byte>.Count ? Copy128(ref first, ref copy, text.Length)
            : text.Length >= sizeof(ulong) ? Copy64(ref first, ref copy, text.Length)
            : CopyFew(ref first, ref copy, text.Length);
        return isSure || !text.ContainsAny((byte)'\n', CarriageReturn);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Copy256(ref byte text, ref byte copy, nint length)
    {
        nint last = length - Vector256<byte>.Count;
        Vector256<byte> least = Vector256.LoadUnsafe(ref text, (nuint)last);
        least.StoreUnsafe(ref copy, (nuint)last);
        for (nint at = 0; at < last; at += Vector256<byte>.Count)
        {
            Vector256<byte> block = Vector256.LoadUnsafe(ref text, (nuint)at);
            block.StoreUnsafe(ref copy, (nuint)at);
            least = Vector256.Min(least, block);
        }

        return Vector256.GreaterThanAll(least, Vector256.Create(CarriageReturn));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Copy128(ref byte text, ref byte copy, nint length)
    {
        nint last = length - Vector128<byte>.Count;
        Vector128<byte> least = Vector128.LoadUnsafe(ref text, (nuint)last);
        least.StoreUnsafe(ref copy, (nuint)last);
        for (nint at = 0; at < last; at += Vector128<byte>.Count)
        {
            Vector128<byte> block = Vector128.LoadUnsafe(ref text, (nuint)at);
            block.StoreUnsafe(ref copy, (nuint)at);
            least = Vector128.Min(least, block);
        }

        return Vector128.GreaterThanAll(least, Vector128.Create(CarriageReturn));
    }

    private static bool Copy64(ref byte text, ref byte copy, nint length)
    {
        nint last = length - sizeof(ulong);
        bool isSure = true;
        for (nint at = 0; at < last; at += sizeof(ulong))
        {
            isSure &= Copy(ref Unsafe.Add(ref text, at), ref Unsafe.Add(ref copy, at));
        }

        return Copy(ref Unsafe.Add(ref text, last), ref Unsafe.Add(ref copy, last)) && isSure;
    }

    /// <summary>Copies 8 bytes.</summary>
    /// <returns>Whether all of them are above CR.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Copy(ref byte text, ref byte copy)
    {
        ulong bytes = Unsafe.ReadUnaligned<ulong>(ref text);
        Unsafe.WriteUnaligned(ref copy, bytes);
        return IsAbove(bytes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool CopyFew(ref byte text, ref byte copy, nint length)
    {
        if (length >= sizeof(uint))
        {
            nint last = length - sizeof(uint);
            uint begin = Unsafe.ReadUnaligned<uint>(ref text);
            uint end = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref text, last));
            Unsafe.WriteUnaligned(ref copy, begin);
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref copy, last), end);
            return IsAbove(begin | (ulong)end << 32);
        }

        bool isSure = true;
        for (nint at = 0; at < length; at++)
        {
            byte value = Unsafe.Add(ref text, at);
            Unsafe.Add(ref copy, at) = value;
            isSure &= value > CarriageReturn;
        }

        return isSure;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsAbove(ulong bytes) =>
        ((bytes - (EachByte * (CarriageReturn + 1))) & ~bytes & (EachByte * 0x80)) == 0;
}
