// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

import {IERC20Burnable} from "./IERC20Burnable.sol";

/// @title IWaybillToken
/// @notice What bonds, channels and earnings are counted in: an ERC-20 with permit (ERC-2612) whose
/// holders can burn what they hold. Its supply is made once, at deployment; nobody can make more.
interface IWaybillToken is IERC20Burnable, IERC20Permit {
    /// @notice The supply must be positive and fit the 128 bits that amounts have everywhere else.
    error WaybillToken_SupplyOutOfRange(uint256 got, uint256 limit);

    /// @notice Destroys `value` of `account`'s tokens out of the caller's allowance.
    function burnFrom(address account, uint256 value) external;
}
